import { adviceOf } from './advice-lines.ts';
import { type Beginning, beginningOf } from './beginning.ts';
import { clock } from './clock-time.ts';
import type { OnCallPage } from './page.ts';
import type { AlarmFacts, PageFacts, Severity } from './page-facts.ts';
import type { AlarmNotice, EventNotice, TextNotice } from './read-notice.ts';
import { wordsOf } from './service-events.ts';

/** What a page is made with, besides the notice itself. */
export interface Surroundings {
  readonly facts: PageFacts;
  /** `eu-central-1` */
  readonly region: string;
  /** The function's own name, by which a reader asks for the page again. */
  readonly functionName: string;
  /** Default: the service's dashboard in CloudWatch. */
  readonly dashboardUrl?: string;
  readonly now: Date;
  /** Whether it is said again because it lasts. */
  readonly isRepeated?: boolean;
  /** When it ended, of an incident that was over before its page was made. */
  readonly endedAt?: Date;
}

/** Of a page whose alarm is not in the catalogue: it goes out as it came. */
export class UnknownAlarm extends Error {
  override readonly name = 'UnknownAlarm';
}

/**
 * The page of an alarm.
 * @param impact what clients notice now, in a sentence; empty if it is not known
 * @throws UnknownAlarm
 */
export function alarmPage(notice: AlarmNotice, impact: string, around: Surroundings): OnCallPage {
  const { facts, now, endedAt } = around;
  const factsOf: Readonly<Record<string, AlarmFacts>> = facts.alarms;
  const known = factsOf[notice.alarm];
  if (known === undefined) throw new UnknownAlarm(`no alarm ${notice.alarm} in the catalogue of pages`);
  const members = notice.children.flatMap((change) => {
    const facts = factsOf[change.alarm];
    return facts === undefined ? [] : [{ change, facts }];
  });
  const about = members.map((member) => member.facts);
  const isOver = notice.state === 'OK';
  const began = isOver ? undefined : beginningOf(notice.children.length === 0 ? [notice] : notice.children, facts, now);
  const lines =
    isOver || began === undefined
      ? []
      : adviceOf(members.length === 0 ? [{ change: notice, facts: known }] : members, began);
  const sections = [...new Set((about.length === 0 ? [known] : about).map(({ section }) => section))];
  // a warning's own section is about warnings at large
  const runbook = `${facts.runbookUrl}#${sections.length === 1 ? sections[0] : known.section}`;
  return {
    ...{ severity: known.severity, action: isOver ? 'resolve' : 'trigger', alarm: notice.alarm, runbook },
    incident: { family: known.family, subject: known.subject },
    place: placeOf(around),
    headline: headlineOf(titlesOf(known, about), notice, began, around),
    impact: isOver ? '' : impact,
    at: notice.at,
    ...(endedAt === undefined ? {} : { isOver: true }),
    dashboard: dashboardOf(around),
    lines: [
      ...lines,
      ...(sections.length === 1
        ? [['Runbook', runbook] as const]
        : about.map(({ title, section }) => ['Runbook', `${title}: ${facts.runbookUrl}#${section}`] as const)),
      ...ending(around, known.severity),
      ['Alarm', notice.alarm],
      ...(isOver ? [] : [['Request it again', againOf(around, notice.alarm)] as const]),
    ],
  };
}

function headlineOf(what: string, { at }: AlarmNotice, began: Beginning | undefined, around: Surroundings): string {
  const { now, endedAt, isRepeated = false } = around;
  if (began === undefined) return `${what} ended at ${clock(at, now)}`;
  if (endedAt !== undefined) return `${what} from ${clock(began.since, now)} to ${clock(endedAt, now)}`;
  return `${isRepeated ? 'still ' : ''}${what} since ${clock(began.since, now)}`;
}

/** The page of an event: a failover, a deployment that was turned back. It has no end. */
export function eventPage(notice: EventNotice, severity: Severity, around: Surroundings): OnCallPage {
  const { headline, first, subject } = wordsOf(notice);
  return {
    ...{
      severity,
      action: 'inform',
      impact: '',
      at: notice.at,
      headline: `${headline} at ${clock(notice.at, around.now)}`,
    },
    incident: { family: 'platform', subject },
    place: placeOf(around),
    dashboard: dashboardOf(around),
    lines: [['First', first], ...ending(around, severity), ['Event', JSON.stringify(notice.detail)]],
  };
}

/** The page of a text that no rule knows: its subject, and the text as it is. @param at when it was published */
export function textPage(
  { subject, text }: TextNotice,
  severity: Severity,
  around: Surroundings,
  at: Date,
): OnCallPage {
  const [line = ''] = text.split('\n');
  return {
    ...{ severity, action: 'inform', impact: '', at, headline: subject || line },
    incident: { family: 'platform', subject: 'notice' },
    place: placeOf(around),
    dashboard: dashboardOf(around),
    lines: [...ending(around, severity), ['Message', text]],
  };
}

function ending(around: Surroundings, severity: Severity): (readonly [string, string])[] {
  const owner = around.facts.owners[severity];
  return [['Dashboard', dashboardOf(around)], ...(owner === undefined ? [] : [['Owner', owner] as const])];
}

const placeOf = ({ facts, region }: Surroundings): string => `${facts.service} ${region}`;

const dashboardOf = ({ facts, region, dashboardUrl }: Surroundings): string =>
  dashboardUrl ??
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${facts.service}-${region}`;

const againOf = ({ functionName, region }: Surroundings, alarm: string): string =>
  `aws lambda invoke --region ${region} --function-name ${functionName}:live --cli-binary-format raw-in-base64-out --payload '{"alarm":"${alarm}"}' /dev/stdout`;

/** A family's page names what is in ALARM. */
const titlesOf = (known: AlarmFacts, about: readonly AlarmFacts[]): string =>
  (about.length === 0 ? [known] : about).map(({ title }) => lowerFirst(title)).join(', ');

/** In a sentence, but for names. */
const lowerFirst = (title: string): string =>
  /^(RDS|Aurora|Postgres)/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
