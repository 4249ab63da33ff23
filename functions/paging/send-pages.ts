import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { type AlarmNow, alarmsNow, standingAlarms } from './alarm-states.ts';
import { alarmPage, eventPage, type Surroundings, textPage } from './compose-page.ts';
import { deliverPage, deliverRaw, type Recipients } from './deliver-page.ts';
import type { HandedOn } from './handed-on.ts';
import { impactOf } from './impact.ts';
import type { Page } from './page.ts';
import type { PageFacts, Severity } from './page-facts.ts';
import { type AlarmNotice, readNotice } from './read-notice.ts';
import { within } from './within.ts';

/** What the function keeps for its life. */
export interface Pager {
  readonly facts: PageFacts;
  readonly recipients: Recipients;
  /** ARNs of the topics that alarms publish to. */
  readonly alarmTopics: Readonly<Record<Severity, string>>;
  readonly region: string;
  readonly functionName: string;
  readonly dashboardUrl?: string | undefined;
  /** Who has which message already. */
  readonly handedOn: HandedOn;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What one record of an SNS event holds that matters here. */
export interface PublishedMessage {
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Subject?: string | null;
  readonly Message: string;
}

/** How long a critical must have been in ALARM to be repeated: a page of the same hour is fresh. Milliseconds. */
const REPEATED_AFTER_MS = 3_600_000;

/** How long a page waits for what CloudWatch knows besides. Milliseconds. */
const ASKING_MS = 5_000;

/**
 * Makes a message of an alarm into a page and hands it on. What cannot be made into one goes out as it came.
 * @throws AwsError where it could not be handed on
 */
export async function pageOf(message: PublishedMessage, pager: Pager): Promise<void> {
  const severity: Severity = message.TopicArn === pager.alarmTopics.critical ? 'critical' : 'warning';
  const done = pager.handedOn.of(message.MessageId);
  const page = await composed(message, severity, pager).catch((error: unknown) => {
    pager.logger.error('a message could not be made into a page', { error: describeError(error) });
    return 'as it came' as const;
  });
  if (page === 'nothing') return;
  if (page === 'as it came')
    await deliverRaw({ subject: message.Subject ?? '', text: message.Message }, severity, pager.recipients, done);
  else await deliverPage(page, pager.recipients, pager.logger, done);
}

/** The page of an event that a rule has chosen: a warning, for what it breaks has alarms. @throws AwsError */
export async function pageOfEvent(event: { readonly id: string }, pager: Pager): Promise<void> {
  const notice = readNotice(JSON.stringify(event), null);
  const page =
    notice.kind === 'event'
      ? eventPage(notice, 'warning', aroundOf(pager))
      : textPage({ kind: 'text', subject: 'an event', text: JSON.stringify(event) }, 'warning', aroundOf(pager));
  await deliverPage(page, pager.recipients, pager.logger, pager.handedOn.of(event.id));
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
  const [now, said] = await Promise.all([statesOf(notice, pager), impact(notice, notice.at, pager)]);
  const own = now.get(notice.alarm);
  const isOvertaken = own !== undefined && own.state !== notice.state && Number(own.at) - Number(notice.at) > CLOCKS_MS;
  if (isOvertaken && own.state === 'ALARM') {
    // SNS does not keep the order: the page of the new incident must not be taken back by the end of the one before it
    pager.logger.warn('an all-clear came after the next alarm, and is left out', { alarm: notice.alarm });
    return 'nothing';
  }
  const children = notice.children.map((child) => now.get(child.alarm) ?? child);
  const endedAt = isOvertaken && own.state === 'OK' ? { endedAt: own.at } : {};
  return alarmPage({ ...notice, children }, said, { ...around, ...endedAt });
}

/** A message and a description of one change may differ in the last digits of its time. Milliseconds. */
const CLOCKS_MS = 1_000;

/** Of the alarm and of what it is about, which know more than its message does. A page goes out without it. */
async function statesOf(notice: AlarmNotice, { logger }: Pager): Promise<Map<string, AlarmNow>> {
  try {
    return await within(ASKING_MS, alarmsNow([notice.alarm, ...notice.children.map(({ alarm }) => alarm)]));
  } catch (error) {
    logger.warn('a page goes out without the state of its alarms', { error: describeError(error) });
    return new Map();
  }
}

/**
 * Says again what has been critical for a while: CloudWatch says it once, and the night's page may be forgotten by noon.
 * @param run distinguishes this run from others, and is the same where it is tried again
 * @returns the names of the alarms
 */
export async function repeatStanding(pager: Pager, run: string): Promise<string[]> {
  const { facts, now } = pager;
  const standing = await standingAlarms({ AlarmNamePrefix: `${facts.service}-` });
  const due = standing.filter(({ alarm, at }) => {
    const known = facts.alarms[alarm];
    return known?.severity === 'critical' && known.pages && Number(now()) - Number(at) >= REPEATED_AFTER_MS;
  });
  return sendAgain(due, pager, run);
}

/** Says again what one alarm says, as somebody asks for. @returns the alarm's name, or nothing where it is not in ALARM */
export async function repeatOne(alarm: string, pager: Pager, run: string): Promise<string[]> {
  return sendAgain(await standingAlarms({ AlarmNames: [alarm] }), pager, run);
}

/** One that cannot be handed on does not keep the others. @throws the first such error, once the others are out */
async function sendAgain(notices: readonly AlarmNotice[], pager: Pager, run: string): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    notices.map(async (notice) => {
      const said = await impact(notice, pager.now(), pager);
      const page = alarmPage(notice, said, { ...aroundOf(pager), isRepeated: true });
      await deliverPage(page, pager.recipients, pager.logger, pager.handedOn.of(`${run} ${notice.alarm}`));
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return notices.map(({ alarm }) => alarm);
}

/** A page goes out without it where CloudWatch does not say. @param at the end of the minute that it is about */
async function impact(notice: AlarmNotice, at: Date, { facts, logger }: Pager): Promise<string> {
  const known = facts.alarms[notice.alarm];
  if (known === undefined || notice.state === 'OK') return '';
  try {
    return await within(ASKING_MS, impactOf(known, facts.service, at));
  } catch (error) {
    logger.warn('a page goes out without the number of failed requests', { error: describeError(error) });
    return '';
  }
}

const aroundOf = ({ facts, region, functionName, dashboardUrl, now }: Pager): Surroundings => ({
  ...{ facts, region, functionName, now: now() },
  ...(dashboardUrl === undefined ? {} : { dashboardUrl }),
});
