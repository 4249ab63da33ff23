import type { Statement } from '../../database/database.ts';
import { noteRows, SET, TOUCHED } from './apply-operation.ts';
import type { RunningOperation } from './large-operations.ts';
import { CHANGE } from './operation-table.ts';
import { mayReturn } from './revisions.ts';
import { selectIds } from './select-ids.ts';

/** Whether a row is still in the state that the step starts from. $6: the operation that is undone, or null. */
function wantedBy({ kind, target, selector }: RunningOperation): string {
  if (kind === 'deletion') return 'm.deleted_at is null';
  if (target === 'alert_logs') return 'm.deleted_at is not null';
  const among = 'operationId' in selector ? "'{}'::int8multirange" : 'null::int8multirange';
  return `m.deleted_at is not null and ${mayReturn(among, 'null::int8multirange')}`;
}

/**
 * Takes the next step of a planned large operation: changes the rows that are still in the right state, records them,
 * and moves to the next step, all in one statement. Does nothing if another runner holds the operation or has taken the
 * step. Raises `rows_archived` if planned rows are no longer in the table, and `overtaken` like `changeRows`.
 */
export function applyStep(operation: RunningOperation): Statement {
  const { kind, target, selector } = operation;
  const change = CHANGE[operation.kind];
  const undone = kind === 'restoration' && 'operationId' in selector ? selector.operationId : null;
  const rows = selectIds(operation.ids as string, 7);
  const wanted = `${wantedBy(operation)} and ($6::int8 is null or m.deleted_by = $6::int8)`;
  return {
    name: `${change}-step-by-${rows.by}`,
    text: `
with o as materialized (
  select t.id, t.at
    from tick_store.operations t
   where t.id = $1::int8 and t.status = 'running' and t.planned and t.next_step = $3::int4
     for no key update of t skip locked
), seen as materialized (
  select m.id, ${wanted} as wanted
    from tick_store.${target} m,${rows.from}
   where${rows.where}
     and m."timestamp" between $4::timestamptz and $5::timestamptz
     and exists (select from o)
   order by m.id
     for no key update of m
), changed as (
  update tick_store.${target} m
     set ${SET[change]}
    from o,${rows.from}
   where${rows.where}
     and m."timestamp" between $4::timestamptz and $5::timestamptz
     and ${wanted}
     -- locks the rows first, in the order of their ids
     and (select count(*) from seen) > 0
  returning m.id, m."timestamp", m.instrument_id
), ${TOUCHED}, noted as (
  ${noteRows(change)}
  returning affected, found
), counted as (
  select coalesce(sum(tick_store.cardinality(n.affected)), 0)::int8 as affected, coalesce(sum(tick_store.cardinality(n.found)), 0)::int8 as found
    from noted n
)
update tick_store.operations t
   set affected = t.affected + c.affected,
       rows_done = t.rows_done + $2::int8,
       next_step = t.next_step + 1,
       status = case when c.found < $2::int8
                     then tick_store.refuse('rows_archived', json_build_object('partitions', (
                            select coalesce(json_agg(a.name order by a.name), '[]')
                              from tick_store.archived_partitions a
                             where a.parent = '${target}' and a.starts <= $5::timestamptz and a.ends > $4::timestamptz)))
                     when t.next_step + 1 = t.steps then 'done'
                     else 'running' end,
       finished_at = case when t.next_step + 1 = t.steps then now() end
  from counted c, o
 where t.id = o.id
returning c.affected`,
    values: [
      ...[operation.id, rows.count, operation.next_step, operation.min_time, operation.max_time, undone],
      ...rows.values,
    ],
  };
}
