import type { Field } from '../../contract/fields.ts';
import type { ArrayParameter, Row, Statement } from '../../database/database.ts';
import { arrayList } from '../../records/column-lists.ts';
import { ENTRY, entryValues, type LedgerEntry } from './batch-ledger.ts';

/** A batch that was stored. */
export interface StoredBlock extends Row {
  readonly block: number;
}

/**
 * What `storeBatchText` returns. Null if the key is taken, or if an instrument of the batch no longer exists or is no
 * longer active.
 */
export type StoredAtOnce = Row & { readonly block: number | null };

/**
 * A whole batch in one statement: key, ledger row and rows, by a function of migration 0031. Returns a row of
 * `StoredAtOnce`. A row that is already stored aborts the transaction with SQLSTATE unique_violation.
 *
 * docs/performance.md compares it with BEGIN, `insertBatch`, COPY and COMMIT one after another.
 * @param sqlFunction its name, without the schema
 */
export const storeBatchText = (sqlFunction: 'store_ticks' | 'store_alert_logs', fields: readonly Field[]): string => `
select tick_store.${sqlFunction}(${ENTRY}, $16::int4[], $17::timestamptz[], $18::int4[],
       ${arrayList(fields, 19)}) as block`;

/** The rows of a batch as columns. */
interface RowArrays {
  readonly indexes: ArrayParameter;
  readonly timestamps: ArrayParameter;
  readonly instruments: ArrayParameter;
  readonly fields: readonly ArrayParameter[];
}

/** The values of `storeBatchText`. */
export const storeBatchValues = (entry: LedgerEntry, rows: RowArrays): Statement['values'] => [
  ...entryValues(entry),
  rows.indexes,
  rows.timestamps,
  rows.instruments,
  ...rows.fields,
];
