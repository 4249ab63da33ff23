import type { Row, Statement } from '../../database/database.ts';

/** The most rows of each kind that one call removes, by the database's own function. */
export const EXPIRED_PER_CALL = 10_000;

/** What one call has removed. */
export interface RemovedRows extends Row {
  /**
   * Counts of keys; of receipts whose text was removed and whose counts stay; of refused batches; of batches whose rows
   * have been let go.
   */
  readonly removed: {
    readonly keys: number;
    readonly receipts: number;
    readonly refused: number;
    readonly gone: number;
  };
}

/**
 * Removes keys older than `keyDays`, the texts of receipts whose keys are gone, and refused batches after a week.
 * @param keyDays at least 1
 */
export const removeExpired = (keyDays: number): Statement => ({
  name: 'remove-expired',
  text: 'select tick_store.remove_expired($1::int4) as removed',
  values: [keyDays],
});
