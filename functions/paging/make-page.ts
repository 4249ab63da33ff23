import { describeError } from '../runtime/describe-error.ts';
import { type AlarmNow, alarmsNow } from './alarm-states.ts';
import { alarmPage, eventPage, textPage } from './compose-page.ts';
import type { PageSource } from './deliver-page.ts';
import { impactOf } from './impact.ts';
import type { OnCallPage } from './page.ts';
import type { Severity } from './page-facts.ts';
import { contextOf, type PagerServices } from './pager.ts';
import { type AlarmNotice, type AlarmTransition, type Notice, readNotice } from './read-notice.ts';
import { within } from './within.ts';

/** How long a page waits for further details from CloudWatch. Milliseconds. */
const LOOKUP_TIMEOUT_MS = 5_000;

/** CloudWatch's message and its API may give the time of one state change with different precision. Milliseconds. */
const CLOCK_TOLERANCE_MS = 1_000;

/** A page, and what it was composed from. */
export interface ComposedPage {
  readonly page: OnCallPage;
  readonly notice: Notice;
  /** The current state of its alarm. Undefined if CloudWatch did not return it, or if the page is not about an alarm. */
  readonly own?: AlarmNow | undefined;
}

/** Whether an alarm has changed its state again since a notice or a page of it. */
export const isOlderThan = (notice: { readonly at: Date }, own: AlarmNow): boolean =>
  Number(own.at) - Number(notice.at) > CLOCK_TOLERANCE_MS;

/**
 * Composes a page from a message and from the current state of its alarm.
 * @param impactAt the end of the minute whose failed requests it counts. Default: when the alarm changed its state
 * @returns `nothing` if nobody needs to be notified
 * @throws UnknownAlarm
 */
export async function makePage(
  { subject, text, sentAt }: PageSource,
  severity: Severity,
  pager: PagerServices,
  impactAt?: Date,
): Promise<ComposedPage | 'nothing'> {
  const notice = readNotice(text, subject);
  const context = contextOf(pager);
  if (notice.kind === 'event') return { notice, page: eventPage(notice, severity, context) };
  if (notice.kind === 'text') {
    const at = sentAt === undefined ? context.now : new Date(sentAt);
    return { notice, page: textPage(notice, severity, context, at) };
  }
  // the first state of a new alarm must not look like an all-clear
  if (notice.isFirst && notice.state === 'OK') return 'nothing';
  const [now, impactText] = await Promise.all([statesOf(notice, pager), impact(notice, impactAt ?? notice.at, pager)]);
  const own = now.get(notice.alarm);
  const isOvertaken = own !== undefined && own.state !== notice.state && isOlderThan(notice, own);
  if (isOvertaken && own.state === 'ALARM') {
    // SNS does not preserve order: the end of the previous incident must not resolve the new one
    pager.logger.warn('an all-clear arrived after the next alarm and is not sent', { alarm: notice.alarm });
    return 'nothing';
  }
  const children = notice.children.map((child) => now.get(child.alarm) ?? child);
  const endedAt = isOvertaken && own.state === 'OK' ? own.at : undefined;
  // the message of a repeated page has no reason
  const { firstBad, measured } = own?.state === notice.state ? own : notice;
  const known = { ...(firstBad && { firstBad }), ...(measured && { measured }), ...notice, children };
  const page = alarmPage(known, endedAt ? '' : impactText, { ...context, ...(endedAt && { endedAt }) });
  return { notice, own, page };
}

/** The message that CloudWatch would publish for an alarm's change of state. */
export const sourceOf = ({
  alarm: AlarmName,
  state: NewStateValue,
  at,
}: AlarmTransition & { state: string }): PageSource => ({
  subject: '',
  text: JSON.stringify({ AlarmName, NewStateValue, StateChangeTime: at.toISOString() }),
});

/** The states of the alarm and of its children, which have more details than its message. */
const statesOf = ({ alarm, children }: AlarmNotice, pager: PagerServices): Promise<Map<string, AlarmNow>> =>
  fetchStates([alarm, ...children.map((child) => child.alarm)], pager);

/** The states of alarms by name. Empty if CloudWatch does not respond in time: the page is then sent without them. */
export async function fetchStates(
  alarms: readonly string[],
  { logger }: PagerServices,
): Promise<Map<string, AlarmNow>> {
  try {
    return await within(LOOKUP_TIMEOUT_MS, alarmsNow(alarms));
  } catch (error) {
    logger.warn('a page is sent without the state of its alarms', { error: describeError(error) });
    return new Map();
  }
}

/**
 * The sentence about failed requests. Empty if CloudWatch does not respond in time: the page is then sent without it.
 * @param at the end of the minute that it counts
 */
export async function impact(notice: AlarmNotice, at: Date, { facts, logger }: PagerServices): Promise<string> {
  const known = facts.alarms[notice.alarm];
  if (known === undefined || notice.state === 'OK') return '';
  try {
    return await within(LOOKUP_TIMEOUT_MS, impactOf(known, facts.service, at));
  } catch (error) {
    logger.warn('a page is sent without the number of failed requests', { error: describeError(error) });
    return '';
  }
}
