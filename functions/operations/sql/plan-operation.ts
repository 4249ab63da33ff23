import type { Row, Statement } from '../../database/database.ts';
import { liveAsOf } from '../../ledger/sql/as-of.ts';
import type { LargeSelector, RunningOperation } from './large-operations.ts';
import { mayComeBack, NOTE_FOUND_DELETED } from './later-deletions.ts';
import { CHANGE, type ChangeVerb } from './operation-table.ts';
import { selectRows } from './select-rows.ts';

/**
 * The plan of a large operation: which rows it will change. It is made slice by slice, and each slice commits. A slice
 * that another runner is making, or has made, is skipped.
 */

/** Rows that a slice of a filter reads: 0.5 s of work. */
export const SLICE_ROWS = 100_000;
/** Rows that one step changes: 0.2 s of work, and row locks for no longer. */
export const STEP_ROWS = 10_000;
/** Steps of an operation that one slice of its undo reads. */
export const SLICE_STEPS = 10;
/**
 * The most batches that can have drawn a number before an operation and still be running: 3,500 per second for the 28 s
 * of a call.
 */
const UNDER_WAY = 100_000;

/** The part of a filter that the next slice reads. ISO 8601, both ends included. */
export interface Slice {
  readonly from: string;
  readonly to: string;
  /** Whether it is the last one. */
  readonly isLast: boolean;
}

type RowFilter = Extract<LargeSelector, { filter: object }>['filter'];

const filterFrom = ({ instrumentId, barLength, end }: RowFilter, start: string) =>
  ({ by: 'filter', instrumentId, barLength, start, end }) as const;

/** Finds the end of the slice that begins at `from`. `to` is null if the rest of the filter fits into it. */
export function findSliceEnd(
  operation: Pick<RunningOperation, 'target' | 'kind'>,
  filter: RowFilter,
  from: string,
): Statement {
  const rows = selectRows(CHANGE[operation.kind], operation.target, filterFrom(filter, from), 2);
  return {
    name: 'find-slice-end',
    text: `
select (select m."timestamp"
          from tick_store.${operation.target} m,${rows.from}
         where${rows.where}
         order by m."timestamp"
         limit 1 offset $1::int4 - 1) as to`,
    values: [SLICE_ROWS, ...rows.values],
  };
}

/** See `findSliceEnd`. */
export interface SliceEnd extends Row {
  readonly to: string | null;
}

/**
 * The operation $1 if it is still in the state that the runner has seen. No row if another runner holds it or has
 * advanced it.
 */
const lockWhere = (position: string) => `o as materialized (
  select t.id, t.number, t.snapshot, t.steps, t.target, t.selector, t.expected_count, t.requested, t.rows_total
    from tick_store.operations t
   where t.id = $1::int8 and t.status = 'running' and not t.planned and ${position}
     for no key update of t skip locked
)`;

/**
 * From the CTEs `found (id, takes)`, `plans (nth, ids, min_time, max_time)` and the counts `looked_at` and `to_do`:
 * writes the plan, and advances the operation.
 */
const addPlans = (
  change: ChangeVerb,
  progress: string,
) => `${change === 'delete' ? `${NOTE_FOUND_DELETED}, ` : ''}written as (
  insert into tick_store.operation_plans (operation_id, step, ids, min_time, max_time)
  select o.id, o.steps + p.nth, p.ids, p.min_time, p.max_time
    from plans p, o
  returning step
), counts as (
  select o.*, o.requested + c.looked_at as requested_count, o.rows_total + c.to_do as total,
         o.steps + (select count(*) from written) as all_steps
    from o, counted c
)
update tick_store.operations t
   set requested = c.requested_count,
       rows_total = c.total,
       steps = c.all_steps,
       ${progress},
       planned = $2::boolean,
       status = case when not $2::boolean then 'running'
                     when c.expected_count <> c.total then 'failed'
                     when c.total = 0 then 'done'
                     else 'running' end,
       failure = case when tick_store.archived_reach(c.target, c.selector, '{}') is not null
                      then tick_store.refuse('rows_archived',
                                             json_build_object('partitions', tick_store.archived_reach(c.target, c.selector, '{}')))
                      when $2::boolean and c.expected_count <> c.total
                      then c.total || ' rows would change, not ' || c.expected_count || '; nothing was changed' end,
       finished_at = case when $2::boolean and (c.expected_count <> c.total or c.total = 0) then now() end
  from counts c
 where t.id = c.id`;

/**
 * Plans the rows of a slice of a filter. Rows of batches that committed after the operation began do not belong to it, nor do
 * rows that were not in the right state then.
 */
export function planSlice(operation: RunningOperation, filter: RowFilter, slice: Slice): Statement {
  const { target } = operation;
  const change = CHANGE[operation.kind];
  const rows = selectRows(change, target, { ...filterFrom(filter, slice.from), end: slice.to }, 7);
  const then = `${change === 'delete' ? '' : 'not '}${liveAsOf(5, target)}`;
  return {
    name: `plan-slice-to-${change}`,
    text: `
with ${lockWhere('t.planned_through is not distinct from $3::timestamptz')}, late as materialized (
  select b.block
    from tick_store.ingest_batches b, o
   where b.block <= o.number and b.block > o.number - ${UNDER_WAY}
     and not pg_visible_in_snapshot(b.xid, o.snapshot)
), later as materialized (
  select exists (select from tick_store.operations n where n.target = '${target}' and n.number > $5::int8) as any
), found as materialized (
  select m.id, m."timestamp", case when (select l.any from later l) then ${then} else ${rows.wanted} end as takes
    from tick_store.${target} m,${rows.from}
   where${rows.where}
     and exists (select from o)
     and m.id < ($5::int8 + 1) * 65536
     and m.id / 65536 not in (select block from late)
), numbered as (
  select id, "timestamp", (row_number() over (order by id) - 1) / ${STEP_ROWS} as nth from found where takes
), plans as (
  select nth::int4 as nth, range_agg(int8range(id, id + 1)) as ids, min("timestamp") as min_time, max("timestamp") as max_time
    from numbered
   group by nth
), counted as (
  select (select count(*) from found) as looked_at, (select count(*) from numbered) as to_do
), ${addPlans(change, 'planned_through = $4::timestamptz')}`,
    values: [
      ...[operation.id, slice.isLast, operation.planned_through, slice.to],
      ...[operation.number, operation.id],
      ...rows.values,
    ],
  };
}

/** The steps of an operation that the next slice of its undo looks at, and the bounds of their rows' timestamps. */
export const findUndoneSteps = (operationId: number, from: number): Statement => ({
  name: 'find-undone-steps',
  text: `
select count(*) as steps, min(min_time) as min_time, max(max_time) as max_time,
       not exists (select from tick_store.operation_rows where operation_id = $1::int8 and step >= $2::int4 + $3::int4) as last
  from tick_store.operation_rows
 where operation_id = $1::int8 and step >= $2::int4 and step < $2::int4 + $3::int4`,
  values: [operationId, from, SLICE_STEPS],
});

/** See `findUndoneSteps`. */
export interface UndoneSteps extends Row {
  readonly steps: number;
  /** ISO 8601; null if those steps changed nothing. */
  readonly min_time: string | null;
  readonly max_time: string | null;
  readonly last: boolean;
}

/** Plans the rows that some steps of the undone operation have changed and that nobody has changed since. */
export function planUndoneSteps(operation: RunningOperation, undone: number, slice: UndoneSteps): Statement {
  const { target } = operation;
  const change = CHANGE[operation.kind];
  return {
    name: `plan-steps-to-${change}-back`,
    text: `
with ${lockWhere('t.planned_steps = $3::int4')}, changed as materialized (
  select r.step, i.id
    from tick_store.operation_rows r
   cross join lateral unnest(r.affected) u
   cross join lateral generate_series(lower(u), upper(u) - 1) i (id)
   where r.operation_id = $5::int8 and r.step >= $3::int4 and r.step < $4::int4 and exists (select from o)
), found as materialized (
  select c.step, m.id, m."timestamp", ${change === 'delete' ? 'm.deleted_at is null' : mayComeBack(target, '$5')} as takes
    from changed c
    join tick_store.${target} m on m.id = c.id
   where m."timestamp" between $6::timestamptz and $7::timestamptz
), plans as (
  select (row_number() over (order by step) - 1)::int4 as nth, range_agg(int8range(id, id + 1)) as ids,
         min("timestamp") as min_time, max("timestamp") as max_time
    from found
   where takes
   group by step
), counted as (
  select (select count(*) from changed) as looked_at, (select count(*) from found where takes) as to_do
), ${addPlans(change, 'planned_steps = $4::int4')}`,
    values: [
      ...[operation.id, slice.last, operation.planned_steps, operation.planned_steps + SLICE_STEPS],
      ...[undone, slice.min_time, slice.max_time],
    ],
  };
}
