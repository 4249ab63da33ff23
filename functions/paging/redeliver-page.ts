import { describeError } from '../runtime/describe-error.ts';
import { clock } from './clock-time.ts';
import { UnknownAlarm } from './compose-page.ts';
import { followAlarm } from './follow-alarm.ts';
import { isOlderThan, type Made, makePage } from './make-page.ts';
import { notifyPagerDuty } from './notify-pager-duty.ts';
import type { OnCallPage } from './page.ts';
import type { PagerServices } from './pager.ts';
import { type RefusedPage, readRefusedPage } from './refused-page.ts';
import { sendToQueue } from './send-to-queue.ts';

/** What one record of an SQS event holds that matters here. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
}

/** Whoever is woken by what has ended should still have something to look at: older ones wake nobody. Milliseconds. */
const MOST_AGE_MS = 3_600_000;

/** After that a page is left for a person: whoever is on call has long heard of it otherwise, or it has ended. Hours. */
export const MOST_HOURS = 12;

/**
 * Tries PagerDuty again with pages that it has refused, each made anew of what is true by now. What is refused again is reported to
 * Lambda, whose queue brings it back.
 */
export async function redeliverPages(messages: readonly QueuedMessage[], pager: PagerServices) {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const message of messages) {
    try {
      await redeliver(message, pager);
    } catch (error) {
      const { messageId } = message;
      pager.logger.warn('a refused page waits for its next attempt', { messageId, error: describeError(error) });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/** @throws Error if another attempt may help */
async function redeliver({ messageId, body }: QueuedMessage, pager: PagerServices): Promise<void> {
  const done = pager.handedOn.of(messageId);
  const found = refusedIn(body);
  if (typeof found === 'string') return keepForPerson({ page: body }, found, pager);
  const { secret, severity, refusedAt } = found;
  if (done.has(secret)) return;
  if (!pager.recipients.pagerDuty[severity].includes(secret))
    return keepForPerson(found, `${secret} is not a recipient any more`, pager);
  try {
    await sendAnew(found, pager);
  } catch (error) {
    // its attempts cannot be counted on: while hundreds wait, they are further apart than the queue would have them
    if (Number(pager.now()) - Date.parse(refusedAt) < MOST_HOURS * 3_600_000) throw error;
    return keepForPerson(found, `not sent within ${MOST_HOURS} hours: ${(error as Error).message}`, pager);
  }
  done.add(secret);
}

async function sendAnew(refused: RefusedPage, pager: PagerServices): Promise<void> {
  const { source, severity, refusedAt, secret } = refused;
  // a message of an older release has no time; each attempt must be about the same
  const made = await makePage({ ...source, sentAt: source.sentAt ?? refusedAt }, severity, pager, pager.now()).catch(
    (error: unknown) => {
      if (error instanceof UnknownAlarm) return error;
      throw error;
    },
  );
  if (made === 'nothing') return;
  if (made instanceof UnknownAlarm) return keepForPerson(refused, made.message, pager);
  if (await sendByNow(refused, made, pager)) await followAlarm(made.page, [secret], pager);
}

/** By the state of its alarm: a beginning that stands, one that is over, or an end. @returns whether anything was sent */
async function sendByNow(refused: RefusedPage, { page, notice, own }: Made, pager: PagerServices): Promise<boolean> {
  const { secret } = refused;
  const send = (what: OnCallPage) => notifyPagerDuty(what, secret, pager.recipients.pagerDutyUrl);
  if (notice.kind === 'alarm') {
    // an end that is sent blindly could resolve the next incident
    if (notice.state === 'OK' && own === undefined) throw new Error(`the state of ${notice.alarm} is not known`);
    if (notice.state === 'ALARM' && own?.state === 'ALARM' && isOlderThan(notice, own)) {
      pager.logger.info('a refused page is left out: its alarm has sent a newer one', { alarm: notice.alarm });
      return false;
    }
    if (page.isOver && Number(pager.now()) - Number(page.at) > MOST_AGE_MS) {
      const { isOver: _, ...ended } = page;
      // an attempt whose response was lost may have opened it
      await send({ ...ended, action: 'resolve' });
      await keepForPerson(refused, `${page.headline}: over before PagerDuty took it, so it was not sent`, pager);
      return true;
    }
  }
  await send(asLate(page, refused, pager.now()));
  return true;
}

const asLate = (page: OnCallPage, { refusedAt, reason }: RefusedPage, now: Date): OnCallPage => ({
  ...page,
  lines: [...page.lines, ['Late', `PagerDuty refused it at ${clock(new Date(refusedAt), now)}: ${reason}`]],
});

/** Puts it where the alarm on undelivered pages stands until somebody has read it. */
async function keepForPerson(refused: object, reason: string, { recipients, logger }: PagerServices): Promise<void> {
  logger.warn('a refused page is left for a person to read', { reason });
  await sendToQueue(recipients.undeliveredQueue, { ...refused, reason });
}

/** @returns why it is not a refused page, where it is not */
function refusedIn(body: string): RefusedPage | string {
  try {
    return readRefusedPage(body);
  } catch (error) {
    return (error as Error).message;
  }
}
