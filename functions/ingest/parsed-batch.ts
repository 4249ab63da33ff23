import type { Rejection } from '../contract/batches.ts';

/** A batch's records as its body has them, not yet checked. */
export interface ParsedBatch {
  readonly records: readonly unknown[];
  /** The line that each begins in, from 1; none for JSON. */
  readonly lines?: readonly number[] | undefined;
  /** How many there are: more than `records` holds where there are more than a batch may have. */
  readonly count: number;
}

/** A record that cannot be read at all, such as a line of a CSV file that was cut short. */
export class UnreadableRecord {
  readonly refusal: Omit<Rejection, 'index' | 'line'>;

  constructor(code: string, message: string) {
    this.refusal = { path: '', code, message };
  }
}
