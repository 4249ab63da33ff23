import type { Range } from '../contract/batches.ts';

/** Ascending integers as ranges of consecutive ones, both ends included. */
export function toRanges(sorted: Iterable<number>): [from: number, to: number][] {
  const ranges: [from: number, to: number][] = [];
  let last: [number, number] | undefined;
  for (const value of sorted) {
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else {
      last = [value, value];
      ranges.push(last);
    }
  }
  return ranges;
}

/** Ranges as a Postgres multirange literal: `{[1,3],[7,7]}`. */
export function toMultirange(ranges: readonly Range[]): string {
  return `{${ranges.map(([from, to]) => `[${from},${to}]`).join(',')}}`;
}
