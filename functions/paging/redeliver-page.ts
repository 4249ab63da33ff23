import { describeError } from '../runtime/describe-error.ts';
import { clock } from './clock-time.ts';
import { UnknownAlarm } from './compose-page.ts';
import { followAlarm } from './follow-alarm.ts';
import { type ComposedPage, isOlderThan, makePage } from './make-page.ts';
import { notifyPagerDuty } from './notify-pager-duty.ts';
import type { OnCallPage } from './page.ts';
import type { PagerServices } from './pager.ts';
import { type RefusedPage, readRefusedPage } from './refused-page.ts';
import { sendToQueue } from './send-to-queue.ts';

/** The fields of an SQS event's record that are used here. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
}

/** An incident that ended longer ago than this pages nobody, because there is nothing left to look at. Milliseconds. */
const MAX_AGE_MS = 3_600_000;

/**
 * How long a refused page is retried. After that it is left for a person to read: by then the incident has ended, or whoever is
 * on call knows of it in another way. Hours.
 */
export const MAX_RETRY_HOURS = 12;

/**
 * Retries pages that PagerDuty has refused. Each is composed again from the current state of its alarm. If one is refused
 * again, it is reported to Lambda as failed, and its queue delivers it again later.
 */
export async function redeliverPages(messages: readonly QueuedMessage[], pager: PagerServices) {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const message of messages) {
    try {
      await redeliver(message, pager);
    } catch (error) {
      const { messageId } = message;
      pager.logger.warn('a refused page waits for its next retry', { messageId, error: describeError(error) });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/** @throws Error if the page must be retried */
async function redeliver({ messageId, body }: QueuedMessage, pager: PagerServices): Promise<void> {
  const done = pager.delivered.of(messageId);
  const found = refusedIn(body);
  if (typeof found === 'string') return keepForPerson({ page: body }, found, pager);
  const { secret, severity, refusedAt } = found;
  if (done.has(secret)) return;
  if (!pager.recipients.pagerDuty[severity].includes(secret))
    return keepForPerson(found, `${secret} is no longer a recipient`, pager);
  try {
    await retry(found, pager);
  } catch (error) {
    // by time, not by the number of attempts: while hundreds of pages wait, attempts are further apart than configured
    if (Number(pager.now()) - Date.parse(refusedAt) < MAX_RETRY_HOURS * 3_600_000) throw error;
    return keepForPerson(found, `not sent within ${MAX_RETRY_HOURS} hours: ${(error as Error).message}`, pager);
  }
  done.add(secret);
}

async function retry(refused: RefusedPage, pager: PagerServices): Promise<void> {
  const { source, severity, refusedAt, secret } = refused;
  // a message that an older release queued has no time, but every attempt must have the same
  const made = await makePage({ ...source, sentAt: source.sentAt ?? refusedAt }, severity, pager, pager.now()).catch(
    (error: unknown) => {
      if (error instanceof UnknownAlarm) return error;
      throw error;
    },
  );
  if (made === 'nothing') return;
  if (made instanceof UnknownAlarm) return keepForPerson(refused, made.message, pager);
  if (await sendIfCurrent(refused, made, pager)) await followAlarm(made.page, [secret], pager);
}

/** Sends what is still true of a refused page by the current state of its alarm. @returns whether anything was sent */
async function sendIfCurrent(refused: RefusedPage, made: ComposedPage, pager: PagerServices): Promise<boolean> {
  const { page, notice, own } = made;
  const { secret } = refused;
  const send = (what: OnCallPage) => notifyPagerDuty(what, secret, pager.recipients.pagerDutyUrl);
  if (notice.kind === 'alarm') {
    // without the alarm's current state, an all-clear could resolve the next incident
    if (notice.state === 'OK' && own === undefined) throw new Error(`the state of ${notice.alarm} is unknown`);
    if (notice.state === 'ALARM' && own?.state === 'ALARM' && isOlderThan(notice, own)) {
      pager.logger.info('a refused page is not sent: its alarm has sent a newer one', { alarm: notice.alarm });
      return false;
    }
    if (page.isOver && Number(pager.now()) - Number(page.at) > MAX_AGE_MS) {
      const { isOver: _, ...ended } = page;
      // an earlier attempt whose response was lost may have opened the incident
      await send({ ...ended, action: 'resolve' });
      await keepForPerson(
        refused,
        `${page.headline}: it ended before PagerDuty accepted it, so it was not sent`,
        pager,
      );
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

/** Moves a page to the queue of undelivered pages, whose alarm stays in ALARM until somebody has read them. */
async function keepForPerson(refused: object, reason: string, { recipients, logger }: PagerServices): Promise<void> {
  logger.warn('a refused page is left for a person to read', { reason });
  await sendToQueue(recipients.undeliveredQueue, { ...refused, reason });
}

/** @returns the refused page, or a text that says why the body is not one */
function refusedIn(body: string): RefusedPage | string {
  try {
    return readRefusedPage(body);
  } catch (error) {
    return (error as Error).message;
  }
}
