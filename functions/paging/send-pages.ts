import { describeError } from '../runtime/describe-error.ts';
import { standingAlarms } from './alarm-states.ts';
import { alarmPage, eventPage, textPage } from './compose-page.ts';
import { deliverPage, deliverRaw, type PageSource } from './deliver-page.ts';
import { followAlarm } from './follow-alarm.ts';
import { impact, makePage, sourceOf } from './make-page.ts';
import type { Severity } from './page-facts.ts';
import { contextOf, type PagerServices } from './pager.ts';
import { type AlarmNotice, readNotice } from './read-notice.ts';

/** The fields of an SNS event's record that are used here. */
export interface PublishedMessage {
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Subject?: string | null;
  readonly Message: string;
  /** When it was published. ISO 8601. */
  readonly Timestamp?: string;
}

/** A critical alarm is repeated once it has been in ALARM for this long. Before that, its first page is recent. Milliseconds. */
const REPEATED_AFTER_MS = 3_600_000;

/**
 * Composes a page from the message of an alarm and delivers it. A message that cannot become a page is sent unchanged.
 * @throws AwsError if it could not be delivered
 */
export async function pageOf(message: PublishedMessage, pager: PagerServices): Promise<void> {
  const severity: Severity = message.TopicArn === pager.alarmTopics.critical ? 'critical' : 'warning';
  const done = pager.delivered.of(message.MessageId);
  const source: PageSource = { subject: message.Subject ?? '', text: message.Message, sentAt: message.Timestamp };
  const made = await makePage(source, severity, pager).catch((error: unknown) => {
    pager.logger.error('a message could not be made into a page', { error: describeError(error) });
    return 'raw' as const;
  });
  if (made === 'nothing') return;
  if (made === 'raw') return deliverRaw(source, severity, pager.recipients, done);
  await deliverPage({ page: made.page, source }, pager.recipients, pager.logger, done);
  await followAlarm(made.page, pager.recipients.pagerDuty[made.page.severity], pager);
}

/**
 * Pages for an event that a rule selected. It is a warning, because whatever the event breaks has alarms of its own.
 * @throws AwsError
 */
export async function pageOfEvent(event: { readonly id: string }, pager: PagerServices): Promise<void> {
  const text = JSON.stringify(event);
  const notice = readNotice(text, null);
  const page =
    notice.kind === 'event'
      ? eventPage(notice, 'warning', contextOf(pager))
      : textPage({ kind: 'text', subject: 'an event', text }, 'warning', contextOf(pager), pager.now());
  const source = { subject: '', text };
  await deliverPage({ page, source }, pager.recipients, pager.logger, pager.delivered.of(event.id));
}

/**
 * Pages again for every alarm that has been critical for a while. CloudWatch notifies once, and a page from the night may be
 * forgotten by noon.
 * @param run identifies this run; a retry of the run has the same value
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

/** Pages again for one alarm, on request. @returns the alarm's name, or nothing if it is not in ALARM */
export async function repeatOne(alarm: string, pager: PagerServices, run: string): Promise<string[]> {
  return sendAgain(await standingAlarms({ AlarmNames: [alarm] }), pager, run);
}

/** Pages again. A page that fails does not hold up the others. @throws the first such error, once the others are sent */
async function sendAgain(notices: readonly AlarmNotice[], pager: PagerServices, run: string): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    notices.map(async (notice) => {
      const impactText = await impact(notice, pager.now(), pager);
      const page = alarmPage(notice, impactText, { ...contextOf(pager), isRepeated: true });
      const done = pager.delivered.of(`${run} ${notice.alarm}`);
      await deliverPage({ page, source: sourceOf(notice) }, pager.recipients, pager.logger, done);
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return notices.map(({ alarm }) => alarm);
}
