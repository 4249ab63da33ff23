import type { CallOptions, Database } from '../database/database.ts';
import { findReceipt, type StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import type { StoredAtOnce } from '../ledger/sql/store-batch.ts';
import type { RowColumns } from './batch-table.ts';
import { type PlannedBatch, receiptBytes, wholeReceipt } from './planned-batch.ts';
import { rowsInSteps } from './row-columns.ts';

/**
 * Up to here a batch goes as one statement. Milliseconds of the whole handler, at once and by COPY while it is read, the fastest
 * twentieth of 100 rounds in turns: 400 rows 4.6 and 6.3; 1,000 rows 8.0 and 8.9; 2,000 rows 13.1 and 13.9. Processor time of
 * PostgreSQL and the function together: 5.0 and 6.7; 7.6 and 10.3; 14.1 and 17.2. Beyond the default of `batchSize` a batch goes
 * while it is read all the same: the second core has more to gain there.
 */
const MOST_AT_ONCE = 1000;

/** Whether so many rows go at once: the client's rows per statement hold here too. */
export const fitsAtOnce = (rows: number, batchSize: number): boolean => rows <= Math.min(batchSize, MOST_AT_ONCE);

/** Whether a batch goes at once: new instruments need a statement of their own. */
export const isSmall = ({ entry, batchSize, created }: PlannedBatch): boolean =>
  fitsAtOnce(entry.accepted, batchSize) && created.length === 0;

/**
 * One statement, sent with BEGIN where the backend has sessions. COMMIT waits for the response to BEGIN: a batch that an exhausted
 * pool has received with its COMMIT may be stored after a 503 that says otherwise.
 * Where the statement stored nothing, another one finds what is stored under the key.
 * @returns undefined where an instrument of the batch is gone or no longer active
 * @throws DatabaseError, of SQLSTATE unique_violation where a row of the batch is stored already
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

/** What another request has stored under the batch's key; undefined where the key is free. */
export async function findStored(
  database: Database,
  { entry }: PlannedBatch,
  options: CallOptions,
): Promise<StoredReceipt | undefined> {
  return (await database.run<StoredReceipt>(findReceipt(entry, receiptBytes(entry, 0)), options))[0];
}
