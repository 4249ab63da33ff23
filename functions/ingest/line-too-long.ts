import { MAX_LINE_BYTES } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';

/** The problem for a line with more bytes than any record needs. */
export const lineTooLong = (line: number, bytes: number): Problem =>
  new Problem('record_too_large', `line ${line} has ${bytes} bytes, and at most ${MAX_LINE_BYTES} are allowed`);
