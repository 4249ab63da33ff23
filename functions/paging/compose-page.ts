import { adviceOf } from './advice-lines.ts';
import { type Beginning, beginningOf } from './beginning.ts';
import { clock } from './clock-time.ts';
import type { OnCallPage } from './page.ts';
import type { AlarmFacts, PageFacts, Severity } from './page-facts.ts';
import type { AlarmNotice, EventNotice, TextNotice } from './read-notice.ts';
import { wordsOf } from './service-events.ts';

/** What a page is composed from, in addition to the notice itself. */
export interface PageContext {
  readonly facts: PageFacts;
  /** `eu-central-1` */
  readonly region: string;
  /** The name of the pager's function, for the command that requests the page again. */
  readonly functionName: string;
  /** Default: the service's dashboard in CloudWatch. */
  readonly dashboardUrl?: string;
  readonly now: Date;
  /** Whether this page repeats an earlier one because the alarm is still in ALARM. */
  readonly isRepeated?: boolean;
  /** When the incident ended, if that was before its page was composed. */
  readonly endedAt?: Date;
}

/** Thrown for an alarm that is not in the catalogue. Its message is then sent unchanged. */
export class UnknownAlarm extends Error {
  override readonly name = 'UnknownAlarm';
}

/**
 * The page of an alarm.
 * @param impact what clients notice now, in a sentence; empty if unknown
 * @throws UnknownAlarm
 */
export function alarmPage(notice: AlarmNotice, impact: string, context: PageContext): OnCallPage {
  const { facts, now, endedAt } = context;
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
  // the section of a warning's composite covers warnings in general
  const runbook = `${facts.runbookUrl}#${sections.length === 1 ? sections[0] : known.section}`;
  return {
    ...{ severity: known.severity, action: isOver ? 'resolve' : 'trigger', alarm: notice.alarm, runbook },
    incident: { family: known.family, subject: known.subject },
    place: placeOf(context),
    headline: headlineOf(titlesOf(known, about), notice, began, context),
    impact: isOver ? '' : impact,
    at: notice.at,
    ...(endedAt === undefined ? {} : { isOver: true }),
    dashboard: dashboardOf(context),
    lines: [
      ...lines,
      ...(sections.length === 1
        ? [['Runbook', runbook] as const]
        : about.map(({ title, section }) => ['Runbook', `${title}: ${facts.runbookUrl}#${section}`] as const)),
      ...closingLines(context, known.severity),
      ['Alarm', notice.alarm],
      ...(isOver ? [] : [['Request it again', repeatCommand(context, notice.alarm)] as const]),
    ],
  };
}

function headlineOf(what: string, { at }: AlarmNotice, began: Beginning | undefined, context: PageContext): string {
  const { now, endedAt, isRepeated = false } = context;
  if (began === undefined) return `${what} ended at ${clock(at, now)}`;
  if (endedAt !== undefined) return `${what} from ${clock(began.since, now)} to ${clock(endedAt, now)}`;
  return `${isRepeated ? 'still ' : ''}${what} since ${clock(began.since, now)}`;
}

/** The page of an event, such as a failover or a deployment that was rolled back. An event has no end. */
export function eventPage(notice: EventNotice, severity: Severity, context: PageContext): OnCallPage {
  const { headline, first, subject } = wordsOf(notice);
  return {
    ...{
      severity,
      action: 'inform',
      impact: '',
      at: notice.at,
      headline: `${headline} at ${clock(notice.at, context.now)}`,
    },
    incident: { family: 'platform', subject },
    place: placeOf(context),
    dashboard: dashboardOf(context),
    lines: [['First', first], ...closingLines(context, severity), ['Event', JSON.stringify(notice.detail)]],
  };
}

/** The page of a text in an unknown format: its subject, and the text unchanged. @param at when it was published */
export function textPage(
  { subject, text }: TextNotice,
  severity: Severity,
  context: PageContext,
  at: Date,
): OnCallPage {
  const [line = ''] = text.split('\n');
  return {
    ...{ severity, action: 'inform', impact: '', at, headline: subject || line },
    incident: { family: 'platform', subject: 'notice' },
    place: placeOf(context),
    dashboard: dashboardOf(context),
    lines: [...closingLines(context, severity), ['Message', text]],
  };
}

function closingLines(context: PageContext, severity: Severity): (readonly [string, string])[] {
  const owner = context.facts.owners[severity];
  return [['Dashboard', dashboardOf(context)], ...(owner === undefined ? [] : [['Owner', owner] as const])];
}

const placeOf = ({ facts, region }: PageContext): string => `${facts.service} ${region}`;

const dashboardOf = ({ facts, region, dashboardUrl }: PageContext): string =>
  dashboardUrl ??
  `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${facts.service}-${region}`;

const repeatCommand = ({ functionName, region }: PageContext, alarm: string): string =>
  `aws lambda invoke --region ${region} --function-name ${functionName}:live --cli-binary-format raw-in-base64-out --payload '{"alarm":"${alarm}"}' /dev/stdout`;

/** What the headline names: on a family's page, the alarms that are in ALARM. */
const titlesOf = (known: AlarmFacts, about: readonly AlarmFacts[]): string =>
  (about.length === 0 ? [known] : about).map(({ title }) => lowerFirst(title)).join(', ');

/** A title within a sentence: its first letter in lower case, except for product names. */
const lowerFirst = (title: string): string =>
  /^(RDS|Aurora|Postgres)/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
