import type { Rejection } from '../contract/batches.ts';

/** The unchecked records of a batch's body. */
export interface ParsedBatch {
  readonly records: readonly unknown[];
  /** The line in which each record begins, from 1. Absent for JSON. */
  readonly lines?: readonly number[] | undefined;
  /** The number of records in the body. It exceeds the length of `records` if there are more than a batch may have. */
  readonly count: number;
}

/** A record that cannot be read at all, such as a truncated line of a CSV file. */
export class UnreadableRecord {
  readonly refusal: Omit<Rejection, 'index' | 'line'>;

  constructor(code: string, message: string) {
    this.refusal = { path: '', code, message };
  }
}
