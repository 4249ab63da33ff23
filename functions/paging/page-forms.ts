import { labelOf, type OnCallPage, sentenceOf } from './page.ts';

/**
 * A page in the form of each kind of recipient. SNS takes a subject of 100 ASCII characters, a phone shows 140 characters as
 * one message.
 */

const MOST_SUBJECT = 100;
const MOST_SMS = 140;

/** Of a mail. */
export const subjectOf = (page: OnCallPage): string => shortened(sentenceOf(page), MOST_SUBJECT);

/** For a mail: the sentence, then a line for each fact. */
export function textOf(page: OnCallPage): string {
  const first = [`${sentenceOf(page)}.`, page.impact].filter(Boolean).join(' ');
  return [first, '', ...page.lines.map(([title, text]) => `${title}: ${text}`)].join('\n');
}

/** For a phone: as many whole sentences as fit into one message. */
export function smsOf(page: OnCallPage): string {
  const [, first = ''] = page.lines.find(([title]) => title === 'First') ?? [];
  const sentence = shortened(sentenceOf(page).replace(/^\[(\w+)\]/, '$1'), MOST_SMS);
  return [page.impact, page.runbook ?? '', first].reduce((text, more) => {
    const longer = `${text}. ${ascii(more)}`;
    return more === '' || longer.length > MOST_SMS ? text : longer.replace(/\.$/, '');
  }, sentence);
}

/**
 * For Slack through Amazon Q Developer, which drops whatever is not in its schema of custom notifications (version 1.0); and
 * for an HTTPS address that takes pages, because SNS has one text for both. Pages of an incident are one thread.
 */
export function chatMessageOf(page: OnCallPage): object {
  const { severity, action, incident, alarm, impact, lines } = page;
  const steps = lines.filter(([title]) => title === 'First').map(([, text]) => text);
  const rest = lines.filter(([title]) => title !== 'First').map(([title, text]) => `*${title}:* ${text}`);
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: `${ICONS[labelOf(page)] ?? ''} ${sentenceOf(page)}`.trim(),
      description: [impact, ...rest].filter(Boolean).join('\n'),
      ...(steps.length === 0 ? {} : { nextSteps: steps }),
      keywords: [severity, incident.family],
    },
    metadata: {
      threadId: incidentKey(page),
      summary: sentenceOf(page),
      eventType: `tick-store.${action}`,
      additionalContext: {
        ...{ severity, action, family: incident.family, subject: incident.subject, at: page.at.toISOString() },
        ...(alarm === undefined ? {} : { alarm }),
      },
    },
  };
}

const ICONS: Readonly<Record<string, string>> = {
  CRITICAL: ':rotating_light:',
  WARNING: ':warning:',
  OK: ':large_green_circle:',
};

/** One incident of one deployment, at its beginning and at its end: PagerDuty's `dedup_key`. At most 255 characters. */
export const incidentKey = ({ place, incident }: OnCallPage): string =>
  `${place.replaceAll(' ', '/')}/${incident.family}/${incident.subject}`;

/**
 * PagerDuty's Events API v2, in the order in which they are to be sent. An end resolves the incident that its beginning has
 * opened; a beginning that is over already is opened and resolved, for nothing else would end it.
 */
export const pagerDutyEventsOf = (page: OnCallPage, routingKey: string): object[] => [
  pagerDutyEventOf(page, routingKey),
  ...(page.isOver ? [{ ...pagerDutyEventOf(page, routingKey), event_action: 'resolve' }] : []),
];

function pagerDutyEventOf(page: OnCallPage, routingKey: string): object {
  const { severity, action, incident, place, alarm, impact, lines, runbook, dashboard } = page;
  return {
    routing_key: routingKey,
    event_action: action === 'resolve' ? 'resolve' : 'trigger',
    dedup_key: action === 'inform' ? `${incidentKey(page)}/${page.at.toISOString()}` : incidentKey(page),
    client: 'Tick Store',
    client_url: dashboard,
    links: [
      ...(runbook === undefined ? [] : [{ href: runbook, text: 'Runbook' }]),
      { href: dashboard, text: 'Dashboard' },
    ],
    payload: {
      summary: [`${sentenceOf(page)}.`, impact].filter(Boolean).join(' '),
      source: place,
      severity,
      timestamp: page.at.toISOString(),
      component: incident.subject,
      group: incident.family,
      class: alarm ?? incident.subject,
      custom_details: detailsOf(lines),
    },
  };
}

/** A warning of several alarms has a line of each title for each of them. */
function detailsOf(lines: OnCallPage['lines']): Record<string, string> {
  const byTitle = Map.groupBy(lines, ([title]) => title);
  return Object.fromEntries([...byTitle].map(([title, some]) => [title, some.map(([, text]) => text).join('\n')]));
}

function shortened(text: string, most: number): string {
  const plain = ascii(text);
  return plain.length <= most ? plain : `${plain.slice(0, most - 3).trimEnd()}...`;
}

/** One line of ASCII: SNS refuses any other subject, and a phone gets half as many characters of other text. */
const ascii = (text: string): string =>
  text
    .replaceAll('’', "'")
    .replaceAll(/\s+/g, ' ')
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '');
