import { MAX_REJECTIONS, type Rejection } from '../contract/batches.ts';
import { comparator } from './insertion-order.ts';
import type { RowKey } from './keyed-rows.ts';
import type { RecordColumns } from './record-columns.ts';
import { rejectionOf } from './refusals.ts';
import type { Validated } from './validate-records.ts';

/** What identifies a row in addition to instrument and timestamp: a tick's sequence, or nothing more for a bar. */
type UniqueKey = Exclude<RowKey, 'packet'>;

const REJECTION: Record<UniqueKey, Omit<Rejection, 'index' | 'line'>> = {
  sequence: {
    path: 'sequence',
    code: 'repeated_sequence',
    message:
      'an earlier record of this batch has this instrument, timestamp and sequence: ' +
      'if the feed numbers packets and not ticks, send sequenceOf=packet',
  },
  bar: {
    path: 'timestamp',
    code: 'repeated_sequence',
    message: 'an earlier record of this batch is the bar of this instrument and timestamp',
  },
};

/**
 * Rejects the rows whose key an earlier row of the batch has. The first valid row of a key counts.
 * @param order the insertion order of the rows
 */
export function rejectRepeated(
  validated: Validated,
  key: UniqueKey,
  order: Int32Array | undefined,
  lines?: readonly number[],
): Validated {
  const { columns, rejected, rejections, received, truncated } = validated;
  const repeated = repeatedRows(columns, key, order);
  if (repeated.length === 0) return validated;
  const added = repeated.map((row) => columns.indexes[row] as number);
  columns.remove(repeated);
  const details: Rejection[] = [
    ...rejections,
    ...added.slice(0, MAX_REJECTIONS).map((index) => rejectionOf(index, REJECTION[key], lines)),
  ];
  return {
    received,
    truncated,
    columns,
    rejected: [...rejected, ...added].sort((a, b) => a - b),
    rejections: details.sort((a, b) => a.index - b.index).slice(0, MAX_REJECTIONS),
  };
}

/** Rows whose key an earlier row has, ascending. */
function repeatedRows(columns: RecordColumns, key: UniqueKey, order: Int32Array | undefined): number[] {
  const sequences = key === 'sequence' ? (columns.column('sequence')?.values as Float64Array | undefined) : undefined;
  if (key === 'sequence' && sequences === undefined) return [];
  const rowAt = (place: number) => (order ? (order[place] as number) : place);
  const same = key === 'sequence' ? comparator(columns) : sameBar(columns);
  const repeated: number[] = [];
  for (let place = 1; place < columns.length; place++) {
    const row = rowAt(place);
    if (sequences && Number.isNaN(sequences[row])) continue;
    if (same(rowAt(place - 1), row) === 0) repeated.push(row);
  }
  return key === 'sequence' ? repeated.sort((a, b) => a - b) : firstBarsStay(columns, repeated);
}

const sameBar =
  ({ instruments, timestamps }: RecordColumns) =>
  (a: number, b: number): number =>
    (instruments[a] as number) - (instruments[b] as number) || (timestamps[a] as number) - (timestamps[b] as number);

/**
 * Bars may have sequences, so the insertion order can differ from the input order. Of each group, the row that came
 * first is kept.
 */
function firstBarsStay(columns: RecordColumns, repeated: readonly number[]): number[] {
  if (repeated.length === 0) return [];
  const first = new Set<string>();
  const later: number[] = [];
  for (let row = 0; row < columns.length; row++) {
    const key = `${columns.instruments[row]} ${columns.timestamps[row]}`;
    if (first.has(key)) later.push(row);
    else first.add(key);
  }
  return later;
}
