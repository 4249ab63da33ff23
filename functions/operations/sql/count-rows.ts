import type { Row, Statement } from '../../database/database.ts';
import type { ChangeVerb, LargeSelection, OperationTable } from './operation-table.ts';
import { selectRows } from './select-rows.ts';

/** A period that lies in one partition. ISO 8601, both ends included. */
export interface CountedPeriod extends Row {
  readonly from: string;
  readonly to: string;
}

/** Cuts a period at the bounds of partitions. */
export const cutIntoPartitions = (table: OperationTable, start: string, end: string): Statement => ({
  name: 'cut-into-partitions',
  text: `
select greatest(starts, $2::timestamptz) as from, least(ends - interval '1 microsecond', $3::timestamptz) as to
  from tick_store.partitions
 where parent = $1::text and starts <= $3::timestamptz and ends > $2::timestamptz
 order by starts`,
  values: [table, start, end],
});

/** The bounds of the timestamps of the rows that an operation has changed; both null if it has changed none. */
export const findReach = (operationId: number): Statement => ({
  name: 'find-reach',
  text: `
select min(min_time) as from, max(max_time) as to
  from tick_store.operation_rows
 where operation_id = $1::int8`,
  values: [operationId],
});

/** How many rows a selector finds, and how many of them an operation would change. */
export interface RowCounts extends Row {
  readonly at: string;
  readonly found: number;
  readonly affected: number;
}

/** Counts a selector's rows in a period without listing them, for more rows than fit into one response. */
export function countRows(
  change: ChangeVerb,
  table: OperationTable,
  large: LargeSelection,
  { from, to }: CountedPeriod,
): Statement {
  const rows = selectRows(change, table, large, 3);
  return {
    name: `count-to-${change}-by-${large.by}`,
    text: `
select now() as at, count(*) as found, count(*) filter (where ${rows.wanted}) as affected
  from tick_store.${table} m,${rows.from}
 where${rows.where}
   and m."timestamp" between $1::timestamptz and $2::timestamptz`,
    values: [from, to, ...rows.values],
  };
}
