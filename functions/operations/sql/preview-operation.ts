import type { Row, Statement } from '../../database/database.ts';
import type { OperationKind, OperationTable, Selector } from './operation-table.ts';
import { CHANGES, selectRows } from './select-rows.ts';

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
}

/** What an operation would change, read only. */
export function previewRows(
  kind: OperationKind,
  table: OperationTable,
  selector: Selector,
  requested: string | null,
  maxRows: number,
): Statement {
  const rows = selectRows(table, selector, 3);
  const originally =
    selector.by === 'operation'
      ? '(select range_agg(u.affected) from tick_store.operation_rows u where u.operation_id = $3::int8)'
      : 'null::int8multirange';
  return {
    name: `preview-${kind}-by-${selector.by}`,
    text: `
with seen as (
  select m.id, ${CHANGES[kind].wanted} as wanted
    from tick_store.${table} m,${rows.from}
   where${rows.where}
   limit $2::int4 + 1
), sets as (
  select coalesce($1::int8multirange, ${originally}, range_agg(int8range(id, id + 1)), '{}') as requested,
         coalesce(${originally}, range_agg(int8range(id, id + 1)), '{}') as found,
         coalesce(range_agg(int8range(id, id + 1)) filter (where wanted), '{}') as affected
    from seen
)
select now() as at,
       tick_store.cardinality(requested) as requested,
       tick_store.cardinality(affected) as affected,
       tick_store.cardinality(found - affected) as unchanged,
       tick_store.cardinality(requested - found) as not_found,
       tick_store.ranges_json(affected) as affected_ids,
       tick_store.ranges_json(found - affected) as unchanged_ids,
       tick_store.ranges_json(requested - found) as not_found_ids
  from sets`,
    values: [requested, maxRows, ...rows.values],
  };
}

/** The archived partitions that a selector reaches into. */
export interface ArchivedReach extends Row {
  /** Names of archived partitions, oldest first; null where it reaches into none. */
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
