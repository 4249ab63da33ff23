import type { CallOptions, Database } from '../database/database.ts';
import { isRefused } from '../database/errors.ts';
import { findReceipt, type StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import { ROWS_LEFT_OUT, type StoredBlock } from '../ledger/sql/store-batch.ts';
import type { RowColumns } from './batch-table.ts';
import { type PlannedBatch, receiptBytes, wholeReceipt } from './planned-batch.ts';
import { rowsInSteps } from './row-columns.ts';

/**
 * Up to here a batch goes as one statement. Through PgBouncer, rows per second of the whole handler, at once and by COPY: 10 rows
 * 8,400 and 6,500; 100 rows 64,500 and 60,000; 300 rows 108,500 and 104,200; 600 rows 132,100 and 139,800; 1,000 rows 154,800 and
 * 160,800 (`npm run bench -- ingest`, two cores, 26 November 2026).
 */
const MOST_AT_ONCE = 400;

/** Whether so many rows go at once: the client's rows per statement hold here too. */
export const fitsAtOnce = (rows: number, batchSize: number): boolean => rows <= Math.min(batchSize, MOST_AT_ONCE);

/** Whether a batch goes at once: new instruments need a statement of their own. */
export const isSmall = ({ entry, batchSize, created }: PlannedBatch): boolean =>
  fitsAtOnce(entry.accepted, batchSize) && created.length === 0;

/**
 * One statement, sent with its COMMIT. BEGIN is awaited before it all the same, which costs a tenth of a batch of one row: a batch
 * that an exhausted pool has received may be stored after a 503 that says otherwise.
 * Where the statement stored nothing, another one finds what is stored under the key.
 * @returns undefined where an instrument of the batch is gone or no longer active
 * @throws DatabaseError, one of `areRowsLeftOut` where rows of the batch are stored already
 */
export async function storeAtOnce(
  database: Database,
  batch: PlannedBatch,
  options: CallOptions,
): Promise<StoredReceipt | undefined> {
  const { table, entry, validated, order } = batch;
  const [rows] = rowsInSteps(validated.columns, order, entry.accepted);
  const [[stored] = []] = (await database.transaction(
    [table.store(entry, rows as RowColumns)],
    options,
  )) as StoredBlock[][];
  if (stored !== undefined) return wholeReceipt(stored, entry);
  return (await database.run<StoredReceipt>(findReceipt(entry, receiptBytes(entry, 0)), options))[0];
}

/** Rows of the batch are stored already: nothing of it was. */
export const areRowsLeftOut = (error: unknown): boolean => isRefused(error, ROWS_LEFT_OUT);
