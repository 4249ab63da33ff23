import { describeError } from '../runtime/describe-error.ts';
import { standingAlarms } from './alarm-states.ts';
import { alarmPage, eventPage, textPage } from './compose-page.ts';
import { deliverPage, deliverRaw, type PageSource } from './deliver-page.ts';
import { followAlarm } from './follow-alarm.ts';
import { impact, makePage, sourceOf } from './make-page.ts';
import type { Severity } from './page-facts.ts';
import { aroundOf, type PagerServices } from './pager.ts';
import { type AlarmNotice, readNotice } from './read-notice.ts';

/** What one record of an SNS event holds that matters here. */
export interface PublishedMessage {
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Subject?: string | null;
  readonly Message: string;
  /** When it was published. ISO 8601. */
  readonly Timestamp?: string;
}

/** How long a critical must have been in ALARM to be repeated: a page of the same hour is fresh. Milliseconds. */
const REPEATED_AFTER_MS = 3_600_000;

/**
 * Makes a message of an alarm into a page and hands it on. What cannot be made into one goes out as it came.
 * @throws AwsError if it could not be handed on
 */
export async function pageOf(message: PublishedMessage, pager: PagerServices): Promise<void> {
  const severity: Severity = message.TopicArn === pager.alarmTopics.critical ? 'critical' : 'warning';
  const done = pager.handedOn.of(message.MessageId);
  const source: PageSource = { subject: message.Subject ?? '', text: message.Message, sentAt: message.Timestamp };
  const made = await makePage(source, severity, pager).catch((error: unknown) => {
    pager.logger.error('a message could not be made into a page', { error: describeError(error) });
    return 'as it came' as const;
  });
  if (made === 'nothing') return;
  if (made === 'as it came') return deliverRaw(source, severity, pager.recipients, done);
  await deliverPage({ page: made.page, source }, pager.recipients, pager.logger, done);
  await followAlarm(made.page, pager.recipients.pagerDuty[made.page.severity], pager);
}

/** The page of an event that a rule has chosen: a warning, for what it breaks has alarms. @throws AwsError */
export async function pageOfEvent(event: { readonly id: string }, pager: PagerServices): Promise<void> {
  const text = JSON.stringify(event);
  const notice = readNotice(text, null);
  const page =
    notice.kind === 'event'
      ? eventPage(notice, 'warning', aroundOf(pager))
      : textPage({ kind: 'text', subject: 'an event', text }, 'warning', aroundOf(pager), pager.now());
  const source = { subject: '', text };
  await deliverPage({ page, source }, pager.recipients, pager.logger, pager.handedOn.of(event.id));
}

/**
 * Says again what has been critical for a while: CloudWatch says it once, and the night's page may be forgotten by noon.
 * @param run distinguishes this run from others, and is the same where it is tried again
 * @returns the names of the alarms
 */
export async function repeatStanding(pager: PagerServices, run: string): Promise<string[]> {
  const { facts, now } = pager;
  const standing = await standingAlarms({ AlarmNamePrefix: `${facts.service}-` });
  const due = standing.filter(({ alarm, at }) => {
    const known = facts.alarms[alarm];
    return known?.severity === 'critical' && known.pages && Number(now()) - Number(at) >= REPEATED_AFTER_MS;
  });
  return sendAgain(due, pager, run);
}

/** Says again what one alarm says, as somebody asks for. @returns the alarm's name, or nothing if it is not in ALARM */
export async function repeatOne(alarm: string, pager: PagerServices, run: string): Promise<string[]> {
  return sendAgain(await standingAlarms({ AlarmNames: [alarm] }), pager, run);
}

/** One that cannot be handed on does not keep the others. @throws the first such error, once the others are out */
async function sendAgain(notices: readonly AlarmNotice[], pager: PagerServices, run: string): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    notices.map(async (notice) => {
      const said = await impact(notice, pager.now(), pager);
      const page = alarmPage(notice, said, { ...aroundOf(pager), isRepeated: true });
      const done = pager.handedOn.of(`${run} ${notice.alarm}`);
      await deliverPage({ page, source: sourceOf(notice) }, pager.recipients, pager.logger, done);
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return notices.map(({ alarm }) => alarm);
}
