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
  /** The order in which its rows go in; undefined where they are in it already. */
  readonly order: Int32Array | undefined;
  readonly planned: PlannedReceipt;
  readonly atomic: boolean;
  /** Rows per statement that the client asked for. */
  readonly batchSize: number;
  /** The rows that can be stored already, and their SQL; undefined where there are none. */
  readonly keyed: { readonly sql: KeyedRows; readonly rows: Int32Array } | undefined;
  /** Why rows of the batch replace stored ones; undefined where they do not. */
  readonly correction: Correction | undefined;
  /** Instruments to create with it. */
  readonly created: readonly NewInstrument[];
}

/** What is stored where every accepted row was inserted. */
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

/** The most that a character takes as UTF-8, and a range of one row in the ledger's text. Bytes. */
const CHARACTER_BYTES = 3;
const RANGE_BYTES = 21;

/** How long the receipt can become: settling may give each keyed row a range of its own. Bytes. */
export const receiptBytes = ({ receipt }: LedgerEntry, keyedRows: number): number =>
  receipt.length * CHARACTER_BYTES + keyedRows * RANGE_BYTES;
