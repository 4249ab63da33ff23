import type { Row, Statement } from '../../database/database.ts';
import { alsoDeletedBy } from './later-deletions.ts';
import type { OperationTable, RowChange } from './operation-table.ts';
import { selectRows } from './select-rows.ts';

/** What an operation would change. */
export interface Preview extends Row {
  readonly at: string;
  readonly requested: number;
  readonly affected: number;
  readonly unchanged: number;
  readonly not_found: number;
  /** JSON text of the ranges. */
  readonly affected_ids: string;
  readonly unchanged_ids: string;
  readonly not_found_ids: string;
  /** JSON text of the ids of operations; null if no operation is taken back. */
  readonly also_deleted_by: string | null;
}

/**
 * What the changes of an operation would change. Read-only. If there are more than `maxRows` rows, it only says so.
 * @param takenBack the operation that they take back, whose rows are those requested
 * @param requested multirange of the ids asked for; null if none are named
 */
export function previewChanges(
  table: OperationTable,
  changes: readonly RowChange[],
  takenBack: number | undefined,
  requested: string | null,
  maxRows: number,
): Statement {
  let first = 4;
  const parts = changes.map(({ change, selector }) => {
    const rows = selectRows(change, table, selector, first);
    first += rows.values.length;
    return rows;
  });
  const seen = parts.map(
    (rows) => `(
  select m.id, ${rows.wanted} as wanted
    from tick_store.${table} m,${rows.from}
   where${rows.where}
   limit $2::int4 + 1)`,
  );
  return {
    name: 'preview-operation',
    text: `
with taken_back as (
  select range_agg(r.affected) as ids from tick_store.operation_rows r where r.operation_id = $3::int8
), seen as (${seen.join(' union all ') || 'select null::int8 as id, false as wanted where $2::int4 is null'}
), sets as (
  select coalesce($1::int8multirange, (select ids from taken_back), range_agg(int8range(id, id + 1)), '{}') as requested,
         coalesce((select ids from taken_back), range_agg(int8range(id, id + 1)), '{}') as found,
         coalesce(range_agg(int8range(id, id + 1)) filter (where wanted), '{}') as affected
    from seen
)
select now() as at,
       tick_store.cardinality(requested) as requested,
       tick_store.cardinality(affected) as affected,
       tick_store.cardinality(found - affected) as unchanged,
       tick_store.cardinality(requested - found) as not_found,
       case when tick_store.cardinality(requested) > $2::int4 then '[]' else tick_store.ranges_json(affected) end as affected_ids,
       case when tick_store.cardinality(requested) > $2::int4 then '[]' else tick_store.ranges_json(found - affected) end as unchanged_ids,
       case when tick_store.cardinality(requested) > $2::int4 then '[]' else tick_store.ranges_json(requested - found) end as not_found_ids,
       case when $3::int8 is not null then to_json(${alsoDeletedBy('$3::int8', 'sets.affected')})::text end as also_deleted_by
  from sets`,
    values: [requested, maxRows, takenBack ?? null, ...parts.flatMap(({ values }) => values)],
  };
}

/** The archived partitions that a selector reaches into. */
export interface ArchivedReach extends Row {
  /** Names of archived partitions, oldest first; null if it reaches into none. */
  readonly partitions: readonly string[] | null;
}

/**
 * The archived partitions that a selector reaches into.
 * @param missing multirange of the ids asked for and not found
 */
export const archivedReach = (table: OperationTable, selector: object, missing: string): Statement => ({
  name: 'archived-reach',
  text: 'select to_json(tick_store.archived_reach($1::text, $2::jsonb, $3::int8multirange)) as partitions',
  values: [table, JSON.stringify(selector), missing],
});
