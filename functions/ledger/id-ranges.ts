import type { Range } from '../contract/batches.ts';

/** Ascending integers as ranges of consecutive ones, both ends included. */
export function toRanges(sorted: ArrayLike<number>): [from: number, to: number][] {
  const ranges: [from: number, to: number][] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] as number;
    let last = first;
    for (at++; at < sorted.length && sorted[at] === last + 1; at++) last++;
    ranges.push([first, last]);
  }
  return ranges;
}

/** Ranges as a Postgres multirange literal: `{[1,3],[7,7]}`. */
export function toMultirange(ranges: readonly Range[]): string {
  return `{${ranges.map(([from, to]) => `[${from},${to}]`).join(',')}}`;
}
