import type { RecordColumns } from './record-columns.ts';

/**
 * The order in which rows with a sequence go in: that of the unique index. Batches that share ticks then wait for each
 * other instead of deadlocking. Rows that are equal in it keep the order they came in, so that the first one is stored.
 * @returns row numbers, or undefined where the rows are in order already, as a feed's are
 */
export function insertionOrder(columns: RecordColumns): Int32Array | undefined {
  const sequences = columns.column('sequence')?.values as Float64Array | undefined;
  if (sequences === undefined) return undefined;
  const { instruments, timestamps, length } = columns;
  // rows without a sequence collide with none: they go first
  const sequence = (row: number) =>
    Number.isNaN(sequences[row]) ? Number.NEGATIVE_INFINITY : (sequences[row] as number);
  const compare = (a: number, b: number): number =>
    (instruments[a] as number) - (instruments[b] as number) ||
    (timestamps[a] as number) - (timestamps[b] as number) ||
    sequence(a) - sequence(b) ||
    a - b;
  let inOrder = true;
  for (let row = 1; row < length && inOrder; row++) inOrder = compare(row - 1, row) < 0;
  return inOrder ? undefined : Int32Array.from({ length }, (_, row) => row).sort(compare);
}
