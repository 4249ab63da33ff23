import { labelOf, type OnCallPage, sentenceOf } from './page.ts';

/**
 * A page in the format of each kind of recipient. SNS accepts a subject of at most 100 ASCII characters. A text message of
 * up to 140 characters arrives as one part.
 */

const MAX_SUBJECT_LENGTH = 100;
const MAX_SMS_LENGTH = 140;

/** The subject of an e-mail. */
export const subjectOf = (page: OnCallPage): string => shortened(sentenceOf(page), MAX_SUBJECT_LENGTH);

/** The text of an e-mail: the headline sentence, then one line per fact. */
export function textOf(page: OnCallPage): string {
  const first = [`${sentenceOf(page)}.`, page.impact].filter(Boolean).join(' ');
  return [first, '', ...page.lines.map(([title, text]) => `${title}: ${text}`)].join('\n');
}

/** A text message: as many whole sentences as fit into one message. */
export function smsOf(page: OnCallPage): string {
  const [, first = ''] = page.lines.find(([title]) => title === 'First') ?? [];
  const sentence = shortened(sentenceOf(page).replace(/^\[(\w+)\]/, '$1'), MAX_SMS_LENGTH);
  return [page.impact, page.runbook ?? '', first].reduce((text, more) => {
    const longer = `${text}. ${ascii(more)}`;
    return more === '' || longer.length > MAX_SMS_LENGTH ? text : longer.replace(/\.$/, '');
  }, sentence);
}

/**
 * A page as JSON, for Slack through Amazon Q Developer and for subscribed HTTPS endpoints, because SNS sends the same text to
 * both. Amazon Q drops whatever is not in its schema of custom notifications (version 1.0). All pages of an incident form one
 * thread.
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

/** PagerDuty's `dedup_key`: the same at the beginning and the end of an incident of one deployment. At most 255 characters. */
export const incidentKey = ({ place, incident }: OnCallPage): string =>
  `${place.replaceAll(' ', '/')}/${incident.family}/${incident.subject}`;

/**
 * Events for PagerDuty's Events API v2, in the order in which they must be sent. The end of an incident resolves what its
 * beginning opened. An incident that has already ended is opened and resolved at once, because no other event would resolve it.
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

/** Joins lines with the same title: a page about several alarms has one line per title and alarm. */
function detailsOf(lines: OnCallPage['lines']): Record<string, string> {
  const byTitle = Map.groupBy(lines, ([title]) => title);
  return Object.fromEntries([...byTitle].map(([title, some]) => [title, some.map(([, text]) => text).join('\n')]));
}

function shortened(text: string, most: number): string {
  const plain = ascii(text);
  return plain.length <= most ? plain : `${plain.slice(0, most - 3).trimEnd()}...`;
}

/** One line of ASCII. SNS refuses other subjects, and a text message with other characters holds only half as many. */
const ascii = (text: string): string =>
  text
    .replaceAll('’', "'")
    .replaceAll(/\s+/g, ' ')
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '');
