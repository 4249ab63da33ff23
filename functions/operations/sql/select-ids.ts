import { array, type Parameter } from '../../database/database.ts';
import { isOneOf } from './select-rows.ts';

/** Rows by ids, from a multirange of them. */
export interface IdSelection {
  /** Further FROM items, and conditions on them and on the rows, `m`. */
  readonly from: string;
  readonly where: string;
  readonly values: Parameter[];
  readonly by: 'ranges' | 'ids';
  /** How many ids there are. */
  readonly count: number;
}

/** As many ranges are looked up one by one; more are scattered, and their rows are compared with the ids instead. */
export const MOST_RANGES = 32;

/** What a multirange of ids comes to in SQL, with its values numbered from `$first`. The caller bounds the rows' time. */
export function selectIds(multirange: string, first: number): IdSelection {
  const ranges = rangesOf(multirange);
  const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const [lowest, highest] = [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? -1];
  if (ranges.length <= MOST_RANGES)
    return {
      ...{ by: 'ranges', count },
      from: `
         unnest($${first}::int8[], $${first + 1}::int8[]) wanted (first_id, last_id)`,
      where: `
         m.id >= wanted.first_id and m.id <= wanted.last_id`,
      values: [
        array(
          'int8',
          ranges.map(([from]) => from),
        ),
        array(
          'int8',
          ranges.map(([, to]) => to),
        ),
      ] satisfies Parameter[],
    };
  const ids = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, offset) => from + offset));
  return {
    ...{ by: 'ids', count },
    from: `
         (select $${first}::int8 as first_id, $${first + 1}::int8 as last_id) wanted`,
    where: `
         m.id >= wanted.first_id and m.id <= wanted.last_id and ${isOneOf('m', `$${first + 2}`)}`,
    values: [lowest, highest, array('int8', ids)],
  };
}

/** `{[1,4),[7,8)}`, as Postgres writes a multirange, as ranges with both ends included. */
function rangesOf(multirange: string): [from: number, to: number][] {
  return [...multirange.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, to]) => [Number(from), Number(to) - 1]);
}
