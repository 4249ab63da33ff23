import type { CallOptions, Database } from '../database/database.ts';
import { EXPIRED_PER_CALL, type RemovedRows, removeExpired } from './sql/remove-expired.ts';

/** A run ends this long before its deadline. Milliseconds. */
const MARGIN_MS = 25_000;

/**
 * Removes what has outlived its retention, 10,000 rows per transaction, until nothing is left or the time is over; the next run
 * continues. Ticks, the ledger's rows and operations stay.
 * @param keyDays how long keys and receipts are kept
 * @returns how many rows of each kind went
 * @throws DatabaseError
 */
export async function removeAllExpired(
  database: Database,
  keyDays: number,
  options: CallOptions,
): Promise<RemovedRows['removed']> {
  let all = { keys: 0, receipts: 0, refused: 0 };
  for (let goesOn = true; goesOn && Date.now() + MARGIN_MS < options.deadline; ) {
    const [row] = await database.run<RemovedRows>(removeExpired(keyDays), options);
    const { keys, receipts, refused } = (row as RemovedRows).removed;
    all = { keys: all.keys + keys, receipts: all.receipts + receipts, refused: all.refused + refused };
    goesOn = Math.max(keys, receipts, refused) >= EXPIRED_PER_CALL;
  }
  return all;
}
