import type { Field } from '../contract/fields.ts';
import type { ArrayParameter, Statement } from '../database/database.ts';
import type { BatchOf, LedgerEntry } from '../ledger/sql/batch-ledger.ts';

/** Rows of a batch as columns, in the table's order: index, timestamp, instrument, then the fields. */
export interface RowColumns {
  readonly indexes: ArrayParameter;
  readonly timestamps: ArrayParameter;
  readonly instruments: ArrayParameter;
  readonly fields: readonly ArrayParameter[];
}

/** What settling a batch needs in addition to its rows: the parts of the receipt that validation has decided. */
export interface BatchSettlement {
  readonly batch: BatchOf;
  readonly accepted: number;
  /** Multirange of the accepted input indexes. */
  readonly acceptedRanges: string;
  /** JSON text of the rejected ranges, and of the rejections with the members of the receipt that follow them. */
  readonly rejectedRanges: string;
  readonly rejections: string;
  readonly received: number;
  readonly rejected: number;
  readonly minTime: string;
  readonly maxTime: string;
  readonly atomic: boolean;
}

/** A correction: who replaces rows, and why. */
export interface Correction {
  readonly reason: string;
  readonly actor: string;
}

/** The SQL for a batch whose rows replace stored rows with the same keys. */
export interface ReplacingRows {
  /**
   * Runs after the inserts: replaces the stored rows of the rows left out, records the correction, rewrites the
   * receipt.
   */
  readonly replace: (settlement: BatchSettlement, keyed: RowColumns, correction: Correction) => Statement;
  /** Runs after `replace`: aborts the transaction if a later number has changed its rows. It is then retried. */
  readonly check: (batch: BatchOf) => Statement;
  /** As `classify` of `KeyedRows`. */
  readonly classify: (settlement: BatchSettlement, keyed: RowColumns) => Statement;
}

/** The SQL for rows that may already be stored. */
export interface KeyedRows {
  /**
   * Statements that insert rows of the batch, except those already stored. `rows` yields the batch in steps; `all` is
   * all of it at once.
   */
  readonly insert: (batch: BatchOf, steps: Iterable<RowColumns>, all: () => RowColumns) => Statement[];
  /** If rows were left out: finds out why, and rewrites the receipt. */
  readonly settle: (settlement: BatchSettlement, keyed: RowColumns) => Statement;
  /** Computes what the outcome of each row would be now. Read-only. Returns a row of `RowOutcomes`. */
  readonly classify: (settlement: BatchSettlement, keyed: RowColumns) => Statement;
  /** Used instead of `settle` and `classify` if rows may replace stored ones. Absent if they never may. */
  readonly replacing?: ReplacingRows;
  /** Whether to insert first as if no row were stored, in one statement or by COPY. Both fail if one is. */
  readonly mayBeNew: boolean;
}

/** A table that stores batches: its fields and its SQL. */
export interface BatchTable {
  readonly target: 'market_data' | 'alert_logs';
  readonly fields: readonly Field[];
  /** The COPY statement; its columns are id, then those of `RowColumns` from the timestamp on. */
  readonly copy: string;
  /** Inserts rows of the batch, giving the row at input index i the id firstId + i. */
  readonly insert: (batch: BatchOf, rows: RowColumns) => Statement;
  /** `storeBatchText` of the rows: the whole batch at once. */
  readonly store: (entry: LedgerEntry, rows: RowColumns) => Statement;
  /** Rows that a sequence identifies, present where the table's records have one. */
  readonly sequenced?: KeyedRows;
  /** Rows of packets: several may have one sequence. */
  readonly packets?: KeyedRows;
  /** Bars of a length, by its position in `BAR_LENGTHS` from 1. */
  readonly bars?: (barLength: number) => KeyedRows;
}
