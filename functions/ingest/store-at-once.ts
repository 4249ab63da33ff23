import type { CallOptions, Database } from '../database/database.ts';
import { findReceipt, type StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import type { StoredAtOnce } from '../ledger/sql/store-batch.ts';
import type { RowColumns } from './batch-table.ts';
import { type PlannedBatch, receiptBytes, wholeReceipt } from './planned-batch.ts';
import { rowsInSteps } from './row-columns.ts';

/**
 * A batch of up to this many rows is stored by one statement. Milliseconds of the whole handler, by one statement and
 * by COPY while reading, the fastest twentieth of 100 alternating rounds: 400 rows 4.6 and 6.3; 1,000 rows 8.0 and 8.9;
 * 2,000 rows 13.1 and 13.9. CPU time of PostgreSQL and the function together: 5.0 and 6.7; 7.6 and 10.3; 14.1 and 17.2.
 * Batches above the default `batchSize` are streamed nevertheless, because they gain more from a second core.
 */
const MOST_AT_ONCE = 1000;

/** Whether this many rows may be stored by one statement. The client's `batchSize` applies too. */
export const fitsAtOnce = (rows: number, batchSize: number): boolean => rows <= Math.min(batchSize, MOST_AT_ONCE);

/** Whether a batch is stored by one statement. New instruments need a statement of their own. */
export const isSmall = ({ entry, batchSize, created }: PlannedBatch): boolean =>
  fitsAtOnce(entry.accepted, batchSize) && created.length === 0;

/**
 * Stores a batch by one statement, which is sent together with BEGIN if the backend has sessions. COMMIT waits for the
 * response to BEGIN. Otherwise an exhausted pool that has already received the COMMIT might store the batch after a 503
 * that said it did not. If the statement stored nothing, a second one reads what is stored under the key.
 * @returns undefined if an instrument of the batch no longer exists or is no longer active
 * @throws DatabaseError, with SQLSTATE unique_violation if a row of the batch is already stored
 */
export async function storeAtOnce(
  database: Database,
  batch: PlannedBatch,
  options: CallOptions,
): Promise<StoredReceipt | undefined> {
  const { table, entry, validated, order } = batch;
  const [rows] = rowsInSteps(validated.columns, order, entry.accepted);
  const statement = table.store(entry, rows as RowColumns);
  const [stored] = (
    database.session
      ? await database.session((session) => session.finish(statement), options)
      : (await database.transaction([statement], options)).flat()
  ) as StoredAtOnce[];
  const block = stored?.block ?? null;
  if (block !== null) return wholeReceipt({ block }, entry);
  return findStored(database, batch, options);
}

/** Reads what another request has stored under the batch's key; undefined if the key is free. */
export async function findStored(
  database: Database,
  { entry }: PlannedBatch,
  options: CallOptions,
): Promise<StoredReceipt | undefined> {
  return (await database.run<StoredReceipt>(findReceipt(entry, receiptBytes(entry, 0)), options))[0];
}
