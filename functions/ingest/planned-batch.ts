import type { LedgerEntry, StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import { receiptText } from '../ledger/sql/receipt-text.ts';
import type { StoredBlock } from '../ledger/sql/store-batch.ts';
import type { BatchTable, Correction, KeyedRows } from './batch-table.ts';
import type { PlannedReceipt } from './build-receipt.ts';
import type { NewInstrument } from './sql/create-instruments.ts';
import type { Validated } from './validate-records.ts';

/** A batch that is ready to be written. */
export interface PlannedBatch {
  readonly table: BatchTable;
  readonly entry: LedgerEntry;
  readonly validated: Validated;
  /** The insertion order of its rows; undefined if they are already in order. */
  readonly order: Int32Array | undefined;
  readonly planned: PlannedReceipt;
  readonly atomic: boolean;
  /** Rows per statement, as requested by the client. */
  readonly batchSize: number;
  /** The rows that may already be stored, and their SQL; undefined if there are none. */
  readonly keyed: { readonly sql: KeyedRows; readonly rows: Int32Array } | undefined;
  /** Why rows of the batch replace stored ones; undefined if they do not. */
  readonly correction: Correction | undefined;
  /** Instruments to create with the batch. */
  readonly created: readonly NewInstrument[];
}

/** The response to store if every accepted row is inserted. */
export const wholeReceipt = ({ block }: StoredBlock, entry: LedgerEntry): StoredReceipt => ({
  block,
  receipt: receiptText(block, entry.receipt),
  received: entry.received,
  inserted: entry.accepted,
  replaced: 0,
  duplicates: 0,
  conflicts: 0,
  tombstoned: 0,
  rejected: entry.rejected,
  same_payload: true,
  ours: true,
});

/** The most bytes that a character takes as UTF-8, and that a range of one row takes in the ledger's text. */
const CHARACTER_BYTES = 3;
const RANGE_BYTES = 21;

/** The most bytes that the receipt can take: settling may give each keyed row its own range. */
export const receiptBytes = ({ receipt }: Pick<LedgerEntry, 'receipt'>, keyedRows: number): number =>
  receipt.length * CHARACTER_BYTES + keyedRows * RANGE_BYTES;
