import type { CallOptions, Database } from '../database/database.ts';
import { EXPIRED_PER_CALL, type RemovedRows, removeExpired } from './sql/remove-expired.ts';

const KINDS = ['keys', 'receipts', 'refused', 'gone'] as const;
/** A run ends this long before its deadline. Milliseconds. */
const MARGIN_MS = 25_000;

/**
 * Removes expired rows, 10,000 per transaction, until none is left or the time is up; the next run continues. Ticks and
 * operations stay. A row of the ledger stays as long as a partition that may have its rows.
 * @param keyDays how long keys and receipts are kept
 * @returns how many rows of each kind were removed
 * @throws DatabaseError
 */
export async function removeAllExpired(
  database: Database,
  keyDays: number,
  options: CallOptions,
): Promise<RemovedRows['removed']> {
  const all = { keys: 0, receipts: 0, refused: 0, gone: 0 };
  for (let goesOn = true; goesOn && Date.now() + MARGIN_MS < options.deadline; ) {
    const [row] = await database.run<RemovedRows>(removeExpired(keyDays), options);
    const { removed } = row as RemovedRows;
    for (const kind of KINDS) all[kind] += removed[kind];
    goesOn = KINDS.some((kind) => removed[kind] >= EXPIRED_PER_CALL);
  }
  return all;
}
