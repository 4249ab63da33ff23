import { alarmPage } from './compose-page.ts';
import { sendToPagerDuty } from './deliver-page.ts';
import { fetchStates, isOlderThan, sourceOf } from './make-page.ts';
import type { OnCallPage } from './page.ts';
import { contextOf, type PagerServices } from './pager.ts';

/**
 * Sends the current state of a page's alarm if it changed while the page was being sent. Sending a page takes up to 12 s.
 * If the alarm changes meanwhile, the page of the newer state can reach PagerDuty before the page of the older one. The
 * older state would then remain: an incident that stays open, or one that is resolved while its alarm is still in ALARM.
 * @param secrets names of the secrets of the recipients that have the page
 * @throws AwsError if neither PagerDuty nor the queue accepts it
 */
export async function followAlarm(page: OnCallPage, secrets: readonly string[], pager: PagerServices): Promise<void> {
  const { alarm } = page;
  if (alarm === undefined || secrets.length === 0) return;
  const own = (await fetchStates([alarm], pager)).get(alarm);
  if (own === undefined || !isOlderThan(page, own) || (own.state === 'ALARM' && own.isHeldBack)) return;
  const { state } = own;
  if (state === stateSentBy(page) || (state !== 'OK' && state !== 'ALARM')) return;
  const { recipients, logger } = pager;
  logger.info('an alarm changed its state while its page was being sent', { alarm, state });
  const changed = alarmPage({ ...own, kind: 'alarm', state, isFirst: false, children: [] }, '', contextOf(pager));
  const sourced = { page: changed, source: sourceOf(own) };
  await Promise.all(secrets.map((secret) => sendToPagerDuty(sourced, secret, recipients, logger)));
}

/** The state that a page reported to PagerDuty. */
const stateSentBy = ({ action, isOver }: OnCallPage): string => (action === 'resolve' || isOver ? 'OK' : 'ALARM');
