import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { standingAlarms } from './alarm-states.ts';
import { alarmPage, eventPage, type Surroundings, textPage } from './compose-page.ts';
import { deliverPage, deliverRaw, type Recipients } from './deliver-page.ts';
import { impactOf } from './impact.ts';
import type { Page } from './page.ts';
import type { PageFacts, Severity } from './page-facts.ts';
import { type AlarmNotice, earliest, readNotice } from './read-notice.ts';

/** What the function keeps for its life. */
export interface Pager {
  readonly facts: PageFacts;
  readonly recipients: Recipients;
  /** ARNs of the topics that alarms publish to. */
  readonly alarmTopics: Readonly<Record<Severity, string>>;
  readonly region: string;
  readonly functionName: string;
  readonly dashboardUrl?: string | undefined;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What one record of an SNS event holds that matters here. */
export interface PublishedMessage {
  readonly TopicArn: string;
  readonly Subject?: string | null;
  readonly Message: string;
}

/** How long a critical must have been in ALARM to be repeated: a page of the same hour is fresh. Milliseconds. */
const REPEATED_AFTER_MS = 3_600_000;

/**
 * Makes a message of an alarm into a page and hands it on. What cannot be made into one goes out as it came.
 * @throws AwsError where it could not be handed on
 */
export async function pageOf(message: PublishedMessage, pager: Pager): Promise<void> {
  const severity: Severity = message.TopicArn === pager.alarmTopics.critical ? 'critical' : 'warning';
  const page = await composed(message, severity, pager).catch((error: unknown) => {
    pager.logger.error('a message could not be made into a page', { error: describeError(error) });
    return 'as it came' as const;
  });
  if (page === 'nothing') return;
  if (page === 'as it came')
    await deliverRaw({ subject: message.Subject ?? '', text: message.Message }, severity, pager.recipients);
  else await deliverPage(page, pager.recipients, pager.logger);
}

/** The page of an event that a rule has chosen: a warning, for what it breaks has alarms. @throws AwsError */
export async function pageOfEvent(event: object, pager: Pager): Promise<void> {
  const notice = readNotice(JSON.stringify(event), null);
  const page =
    notice.kind === 'event'
      ? eventPage(notice, 'warning', aroundOf(pager))
      : textPage({ kind: 'text', subject: 'an event', text: JSON.stringify(event) }, 'warning', aroundOf(pager));
  await deliverPage(page, pager.recipients, pager.logger);
}

async function composed(
  { Message, Subject }: PublishedMessage,
  severity: Severity,
  pager: Pager,
): Promise<Page | 'nothing'> {
  const notice = readNotice(Message, Subject ?? null);
  const around = aroundOf(pager);
  if (notice.kind === 'event') return eventPage(notice, severity, around);
  if (notice.kind === 'text') return textPage(notice, severity, around);
  // the first state of a new alarm must not look like an all-clear
  if (notice.isFirst && notice.state === 'OK') return 'nothing';
  return alarmPage(await sinceBegin(notice, pager), await impact(notice, notice.at, pager), around);
}

/** A composite's message does not say when the first bad datapoint was, but its alarms know. */
async function sinceBegin(notice: AlarmNotice, { logger }: Pager): Promise<AlarmNotice> {
  if (notice.state === 'OK' || notice.children.length === 0) return notice;
  try {
    const children = await standingAlarms({ AlarmNames: notice.children });
    return { ...notice, since: earliest([notice.since, ...children.map(({ since }) => since)]) };
  } catch (error) {
    logger.warn('a page goes out with the time of its alarm', { error: describeError(error) });
    return notice;
  }
}

/**
 * Says again what has been critical for a while: CloudWatch says it once, and the night's page may be forgotten by noon.
 * @returns the names of the alarms
 */
export async function repeatStanding(pager: Pager): Promise<string[]> {
  const { facts, now } = pager;
  const standing = await standingAlarms({ AlarmNamePrefix: `${facts.service}-` });
  const due = standing.filter(({ alarm, at }) => {
    const known = facts.alarms[alarm];
    return known?.severity === 'critical' && known.pages && Number(now()) - Number(at) >= REPEATED_AFTER_MS;
  });
  return sendAgain(due, pager);
}

/** Says again what one alarm says, as somebody asks for. @returns the alarm's name, or nothing where it is not in ALARM */
export async function repeatOne(alarm: string, pager: Pager): Promise<string[]> {
  return sendAgain(await standingAlarms({ AlarmNames: [alarm] }), pager);
}

async function sendAgain(notices: readonly AlarmNotice[], pager: Pager): Promise<string[]> {
  for (const notice of notices) {
    const page = alarmPage(notice, await impact(notice, pager.now(), pager), { ...aroundOf(pager), isRepeated: true });
    await deliverPage(page, pager.recipients, pager.logger);
  }
  return notices.map(({ alarm }) => alarm);
}

/** A page goes out without it where CloudWatch does not say. @param at the end of the minute that it is about */
async function impact(notice: AlarmNotice, at: Date, { facts, logger }: Pager): Promise<string> {
  const known = facts.alarms[notice.alarm];
  if (known === undefined || notice.state === 'OK') return '';
  try {
    return await impactOf(known, facts.service, at);
  } catch (error) {
    logger.warn('a page goes out without the number of failed requests', { error: describeError(error) });
    return '';
  }
}

const aroundOf = ({ facts, region, functionName, dashboardUrl, now }: Pager): Surroundings => ({
  ...{ facts, region, functionName, now: now() },
  ...(dashboardUrl === undefined ? {} : { dashboardUrl }),
});
