import type { RecordColumns } from './record-columns.ts';

/**
 * The order in which rows are inserted: that of the unique index, by instrument, timestamp and sequence. The index then
 * grows page by page (docs/schema.md has the measurement), and batches that share rows wait for each other instead of
 * deadlocking. The sort is stable.
 * @param from the first of the rows to order
 * @param to the row behind them
 * @returns row numbers, or undefined if the rows are already in order
 */
export function insertionOrder(columns: RecordColumns, from = 0, to = columns.length): Int32Array | undefined {
  const compare = comparator(columns);
  let inOrder = true;
  for (let row = from + 1; row < to && inOrder; row++) inOrder = compare(row - 1, row) <= 0;
  if (inOrder) return undefined;
  const order = byInstrument(columns.instruments.subarray(from, to), from);
  for (let place = 1; place < order.length; place++)
    if (compare(order[place - 1] as number, order[place] as number) > 0)
      return order.sort((a, b) => compare(a, b) || a - b);
  return order;
}

/** Compares two rows by key. Rows without a sequence come before those with one; they have no duplicates. */
export function comparator(columns: RecordColumns): (a: number, b: number) => number {
  const { instruments, timestamps } = columns;
  const sequences = columns.column('sequence')?.values as Float64Array | undefined;
  const sequence = (row: number) => {
    const value = sequences?.[row] as number;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return (a, b) => {
    const byPlace =
      (instruments[a] as number) - (instruments[b] as number) || (timestamps[a] as number) - (timestamps[b] as number);
    if (byPlace !== 0 || sequences === undefined) return byPlace;
    const [first, second] = [sequence(a), sequence(b)];
    return first === second ? 0 : first - second;
  };
}

/** If instrument ids are spread wider than this, counting costs more than sorting. */
const MAX_SPREAD = 1_000_000;

/**
 * Groups rows by instrument and otherwise keeps their order. That is enough for a feed in time order.
 * @param ids the rows' instruments
 * @param first the number of the first row
 */
function byInstrument(ids: Int32Array, first: number): Int32Array {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const id of ids) {
    if (id < least) least = id;
    if (id > most) most = id;
  }
  if (most - least > MAX_SPREAD) return ids.map((_, row) => first + row);
  const starts = new Int32Array(most - least + 2);
  for (const id of ids) starts[id - least + 1] = (starts[id - least + 1] as number) + 1;
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  const order = new Int32Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const slot = (ids[row] as number) - least;
    const place = starts[slot] as number;
    order[place] = first + row;
    starts[slot] = place + 1;
  }
  return order;
}
