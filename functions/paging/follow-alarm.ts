import { alarmPage } from './compose-page.ts';
import { handToPagerDuty } from './deliver-page.ts';
import { askStates, isOlderThan, sourceOf } from './make-page.ts';
import type { OnCallPage } from './page.ts';
import { aroundOf, type PagerServices } from './pager.ts';

/**
 * Sends what has become of a page's alarm while PagerDuty took the page. Its attempts take up to 12 s, in which the alarm may change
 * its state and the page of that be sent. Then the older one is PagerDuty's last word: an incident that stays open, or one that is
 * resolved while it stands.
 * @param secrets names of the secrets of those who have the page
 * @throws AwsError if neither PagerDuty nor the queue takes it
 */
export async function followAlarm(page: OnCallPage, secrets: readonly string[], pager: PagerServices): Promise<void> {
  const { alarm } = page;
  if (alarm === undefined || secrets.length === 0) return;
  const own = (await askStates([alarm], pager)).get(alarm);
  if (own === undefined || !isOlderThan(page, own) || (own.state === 'ALARM' && own.isHeldBack)) return;
  const { state } = own;
  if (state === saidBy(page) || (state !== 'OK' && state !== 'ALARM')) return;
  const { recipients, logger } = pager;
  logger.info('an alarm has changed its state while its page was sent', { alarm, state });
  const changed = alarmPage({ ...own, kind: 'alarm', state, isFirst: false, children: [] }, '', aroundOf(pager));
  const sourced = { page: changed, source: sourceOf(own) };
  await Promise.all(secrets.map((secret) => handToPagerDuty(sourced, secret, recipients, logger)));
}

/** The state that PagerDuty has heard of last. */
const saidBy = ({ action, isOver }: OnCallPage): string => (action === 'resolve' || isOver ? 'OK' : 'ALARM');
