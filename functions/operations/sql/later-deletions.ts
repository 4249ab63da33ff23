import type { Row, Statement } from '../../database/database.ts';
import type { OperationTable } from './operation-table.ts';
import { mayReturn, STEP_RESTORES } from './revisions.ts';

/**
 * Finds later deletions that also covered rows of an undone operation, and found them already deleted. The undo makes
 * such rows live, although those deletions selected them too. A deletion records what it finds: together with its rows
 * if it is one transaction, while it plans its rows if it runs in steps.
 */

/** The most operations that `alsoDeletedBy` names: the oldest. */
const MOST_NAMED = 1000;

/** Whether l is a deletion that did not fail before it changed anything. */
const IS_DELETION = `l.kind = 'deletion' and not (l.status = 'failed' and l.affected = 0)`;

/** Whether the step lr of a deletion found rows already deleted. The text must match the partial index. */
const FOUND_DELETED = 'lr.found <> lr.affected and lr.restores is not true';

/**
 * The ids, as bigint[], of the later deletions that found rows of an undone operation already deleted, or that deleted
 * the revision with which a correction had replaced one.
 * @param undone SQL of the undone operation's id
 * @param affected SQL of the ids that the undo changes
 */
export const alsoDeletedBy = (undone: string, affected: string): string => `(
           select coalesce(array_agg(later.id order by later.id), '{}')
             from (select distinct l.id
                     from (select t.target, t.number, t.id,
                                  coalesce(range_agg(r.affected) filter (where not ${STEP_RESTORES}), '{}') * ${affected} as restored,
                                  coalesce(range_agg(r.affected) filter (where ${STEP_RESTORES}), '{}') - ${affected} as replaced
                             from tick_store.operations t
                             join tick_store.operation_rows r on r.operation_id = t.id
                            where t.id = ${undone}
                            group by t.id) u
                     join tick_store.operations l on l.target = u.target and (l.number, l.id) > (u.number, u.id) and ${IS_DELETION}
                     join tick_store.operation_rows lr on lr.operation_id = l.id and lr.restores is not true
                    where not isempty(u.restored)
                      and (${FOUND_DELETED} and (lr.found - lr.affected) && u.restored or lr.affected && u.replaced)
                    order by l.id
                    limit ${MOST_NAMED}) later)`;

/**
 * The CTE `found_deleted` of a deletion `o` in steps: records the rows that a slice has `found` but does not take,
 * because they are already deleted.
 */
export const NOTE_FOUND_DELETED = `found_deleted as (
  insert into tick_store.operation_rows (operation_id, step, found, affected, restores)
  select o.id, least((select min(r.step) from tick_store.operation_rows r where r.operation_id = o.id), 0) - 1, f.ids, '{}', false
    from o, (select range_agg(int8range(id, id + 1)) as ids from found where not takes) f
   where f.ids is not null
)`;

/** Whether an operation is an undo, from SQL of its kind and its selector. */
export const isUndoSql = (kind: string, selector: string): string =>
  `${kind} = 'restoration' and ${selector} ? 'operationId'`;

/** A step of an undo in steps. */
export interface UndoStep {
  readonly id: number;
  readonly step: number;
  /** The operation that is undone. */
  readonly undone: number;
  readonly target: OperationTable;
}

/**
 * Adds to an undo in steps the deletions that found rows of its last step already deleted. Runs after the step in the
 * same transaction, so it sees the transactions that the step waited for. Does nothing if another runner has taken the
 * step.
 */
export const noteLaterDeletions = ({ id, step, undone, target }: UndoStep): Statement => ({
  name: 'note-later-deletions',
  text: `
with taken as materialized (
  select r.affected, o.also_deleted_by as named
    from tick_store.operation_rows r
    join tick_store.operations o on o.id = r.operation_id
   where r.operation_id = $1::int8 and r.step = $2::int4 and r.xid = pg_current_xact_id() and r.affected <> '{}'
), later as (
  select distinct l.id
    from taken t
    join tick_store.operation_rows lr on lr.operation_id > $3::int8 and ${FOUND_DELETED}
    join tick_store.operations l on l.id = lr.operation_id and l.target = $4::text and ${IS_DELETION}
   where l.id <> all(t.named) and (cardinality(t.named) < ${MOST_NAMED} or l.id < t.named[${MOST_NAMED}])
     and (lr.found - lr.affected) && t.affected
)
update tick_store.operations t
   set also_deleted_by = (select array_agg(named.id order by named.id)
                            from (select id from unnest(t.also_deleted_by) id
                                  union all
                                  select id from later
                                   order by id
                                   limit ${MOST_NAMED}) named)
 where t.id = $1::int8 and exists (select from later)`,
  values: [id, step, undone, target],
});

/** The operations that the undo of a large deletion would name. */
export interface LaterDeletions extends Row {
  /** JSON text of their ids. */
  readonly ids: string;
}

/** The later deletions that found rows already deleted which the undo of a large deletion would restore. Read-only. */
export const findLaterDeletions = (table: OperationTable, undone: number): Statement => ({
  name: 'find-later-deletions',
  text: `
select to_json(coalesce(array_agg(later.id order by later.id), '{}'))::text as ids
  from (select l.id
          from tick_store.operations l
         where l.target = '${table}' and l.id > $1::int8 and ${IS_DELETION}
           and exists (
             select from tick_store.operation_rows lr
               join tick_store.operation_rows r on r.operation_id = $1::int8 and (lr.found - lr.affected) && r.affected
              cross join lateral (select (lr.found - lr.affected) * r.affected as ids offset 0) met
               join tick_store.${table} m on m.id >= lower(met.ids) and m.id < upper(met.ids) and met.ids @> m.id
                    and m."timestamp" between r.min_time and r.max_time
              where lr.operation_id = l.id and ${FOUND_DELETED} and ${mayComeBack(table, '$1')})
         order by l.id
         limit ${MOST_NAMED}) later`,
  values: [undone],
});

/**
 * Whether a row m that an operation deleted may be restored by its undo.
 * @param undone placeholder of the operation's id
 */
export function mayComeBack(table: OperationTable, undone: string): string {
  const deleted = `m.deleted_by = ${undone}::int8`;
  return table === 'market_data'
    ? `${deleted} and ${mayReturn("'{}'::int8multirange", 'null::int8multirange')}`
    : deleted;
}
