import { describeError } from '../runtime/describe-error.ts';
import { type AlarmNow, alarmsNow } from './alarm-states.ts';
import { alarmPage, eventPage, textPage } from './compose-page.ts';
import type { PageSource } from './deliver-page.ts';
import { impactOf } from './impact.ts';
import type { OnCallPage } from './page.ts';
import type { Severity } from './page-facts.ts';
import { aroundOf, type PagerServices } from './pager.ts';
import { type AlarmNotice, type AlarmTransition, type Notice, readNotice } from './read-notice.ts';
import { within } from './within.ts';

/** How long a page waits for what CloudWatch knows besides. Milliseconds. */
const ASKING_MS = 5_000;

/** A message and a description of one change may differ in the last digits of its time. Milliseconds. */
const CLOCKS_MS = 1_000;

/** A page, and what it was made of. */
export interface Made {
  readonly page: OnCallPage;
  readonly notice: Notice;
  /** The state of its alarm by now; undefined where CloudWatch does not say, and of what is not an alarm. */
  readonly own?: AlarmNow | undefined;
}

/** Whether an alarm has changed its state again since a notice of it, or a page. */
export const isOlderThan = (notice: { readonly at: Date }, own: AlarmNow): boolean =>
  Number(own.at) - Number(notice.at) > CLOCKS_MS;

/**
 * Makes a message into a page of what is true by now.
 * @param impactAt the end of the minute whose failed requests it counts. Default: when the alarm changed its state
 * @returns `nothing` for what nobody has to be notified of
 * @throws UnknownAlarm
 */
export async function makePage(
  { subject, text, sentAt }: PageSource,
  severity: Severity,
  pager: PagerServices,
  impactAt?: Date,
): Promise<Made | 'nothing'> {
  const notice = readNotice(text, subject);
  const around = aroundOf(pager);
  if (notice.kind === 'event') return { notice, page: eventPage(notice, severity, around) };
  if (notice.kind === 'text') {
    const at = sentAt === undefined ? around.now : new Date(sentAt);
    return { notice, page: textPage(notice, severity, around, at) };
  }
  // the first state of a new alarm must not look like an all-clear
  if (notice.isFirst && notice.state === 'OK') return 'nothing';
  const [now, said] = await Promise.all([statesOf(notice, pager), impact(notice, impactAt ?? notice.at, pager)]);
  const own = now.get(notice.alarm);
  const isOvertaken = own !== undefined && own.state !== notice.state && isOlderThan(notice, own);
  if (isOvertaken && own.state === 'ALARM') {
    // SNS does not keep the order: the page of the new incident must not be taken back by the end of the one before it
    pager.logger.warn('an all-clear came after the next alarm, and is left out', { alarm: notice.alarm });
    return 'nothing';
  }
  const children = notice.children.map((child) => now.get(child.alarm) ?? child);
  const endedAt = isOvertaken && own.state === 'OK' ? own.at : undefined;
  // a page that is repeated comes without a reason
  const { firstBad, measured } = own?.state === notice.state ? own : notice;
  const known = { ...(firstBad && { firstBad }), ...(measured && { measured }), ...notice, children };
  const page = alarmPage(known, endedAt ? '' : said, { ...around, ...(endedAt && { endedAt }) });
  return { notice, own, page };
}

/** What CloudWatch would publish of an alarm's change of state. */
export const sourceOf = ({
  alarm: AlarmName,
  state: NewStateValue,
  at,
}: AlarmTransition & { state: string }): PageSource => ({
  subject: '',
  text: JSON.stringify({ AlarmName, NewStateValue, StateChangeTime: at.toISOString() }),
});

/** Of the alarm and of what it is about, which know more than its message does. */
const statesOf = ({ alarm, children }: AlarmNotice, pager: PagerServices): Promise<Map<string, AlarmNow>> =>
  askStates([alarm, ...children.map((child) => child.alarm)], pager);

/** The states of alarms by their names; of none where CloudWatch does not say in time, and a page goes out without them. */
export async function askStates(alarms: readonly string[], { logger }: PagerServices): Promise<Map<string, AlarmNow>> {
  try {
    return await within(ASKING_MS, alarmsNow(alarms));
  } catch (error) {
    logger.warn('a page goes out without the state of its alarms', { error: describeError(error) });
    return new Map();
  }
}

/** A page goes out without it where CloudWatch does not say. @param at the end of the minute that it is about */
export async function impact(notice: AlarmNotice, at: Date, { facts, logger }: PagerServices): Promise<string> {
  const known = facts.alarms[notice.alarm];
  if (known === undefined || notice.state === 'OK') return '';
  try {
    return await within(ASKING_MS, impactOf(known, facts.service, at));
  } catch (error) {
    logger.warn('a page goes out without the number of failed requests', { error: describeError(error) });
    return '';
  }
}
