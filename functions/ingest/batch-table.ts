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

/** What settling a batch needs beyond its rows: the receipt's parts that the code knows already. */
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

/** The SQL of a batch whose rows replace what is stored under their keys. */
export interface ReplacingRows {
  /** Comes after the inserts: replaces the rows that were left out, records the correction, and writes the receipt again. */
  readonly replace: (settlement: BatchSettlement, keyed: RowColumns, correction: Correction) => Statement;
  /** Comes after `replace`: ends a transaction whose rows were changed by a later number, which is then tried again. */
  readonly check: (batch: BatchOf) => Statement;
  /** As `classify` of `KeyedRows`. */
  readonly classify: (settlement: BatchSettlement, keyed: RowColumns) => Statement;
}

/** The SQL of rows that can be stored already. */
export interface KeyedRows {
  /**
   * Statements that insert rows of the batch and leave out those that are stored. `rows` yields the batch in steps; `all` is all
   * of it at once.
   */
  readonly insert: (batch: BatchOf, steps: Iterable<RowColumns>, all: () => RowColumns) => Statement[];
  /** Where rows were left out: finds out why, and writes the receipt again. */
  readonly settle: (settlement: BatchSettlement, keyed: RowColumns) => Statement;
  /** What the outcome of each row would be now; reads only. Returns a row of `RowOutcomes`. */
  readonly classify: (settlement: BatchSettlement, keyed: RowColumns) => Statement;
  /** Instead of `settle` and `classify` where they may replace what is stored; absent where they never may. */
  readonly replacing?: ReplacingRows;
  /** Whether they may be inserted as if none were stored, at once or by COPY, which end with an error where one is. */
  readonly mayBeNew: boolean;
}

/** A table that batches go into: its fields and its SQL. */
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
  /** Bars of a length, by its place in `BAR_LENGTHS` from 1. */
  readonly bars?: (barLength: number) => KeyedRows;
}
