import type { Row, Statement } from '../../database/database.ts';
import type { KeyedRequest } from '../../ledger/sql/keyed-request.ts';
import { alsoDeletedBySql, idsSql, operationSql } from '../../ledger/sql/operation-text.ts';
import { isOvertakenSql, REFUSE_OVERTAKEN } from '../../ledger/sql/overtaken.ts';
import { alsoDeletedBy, isUndoSql } from './later-deletions.ts';
import type { ChangeVerb, OperationKind, OperationOf, OperationTable, Selector } from './operation-table.ts';
import { selectRows } from './select-rows.ts';

/** An operation to record. */
export interface NewOperation extends KeyedRequest {
  readonly kind: OperationKind;
  readonly table: OperationTable;
  /** The request's selector as JSON, for the record. */
  readonly selector: string;
  readonly reason: string;
}

/**
 * The CTE `taken (number)`: the number of the new operation; no row if its key is taken. Its placeholders are those of
 * `operationValues`.
 */
export const TAKEN = `taken as (
  insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
  values ($5::text, $6::text, 'operation', $7::bytea, $8::uuid)
  on conflict (scope, key) do nothing
  returning number
)`;

/** The values $1 to $9 of an operation's record and its key. */
export const operationValues = (operation: NewOperation): Statement['values'] => [
  operation.kind,
  operation.table,
  operation.selector,
  operation.reason,
  operation.keyScope,
  operation.idempotencyKey,
  operation.payloadHash,
  operation.invocationId,
  operation.actor,
];

/**
 * Takes the key. Writes nothing if the key is taken by any kind of request. Waits for a running request with the same
 * key.
 */
export const insertOperation = (operation: NewOperation): Statement => ({
  name: 'insert-operation',
  text: `
with ${TAKEN}
insert into tick_store.operations (id, number, kind, target, selector, reason, key_scope, idempotency_key, actor)
select number, number, $1::text, $2::text, $3::jsonb, $4::text, $5::text, $6::text, $9::text
  from taken`,
  values: operationValues(operation),
});

/** The operation whose key the running transaction has taken. */
const OF_THIS_OPERATION = `tick_store.idempotency_keys k
  join tick_store.operations t on t.id = k.number
 where k.scope = $1::text and k.key = $2::text and k.xmin = pg_current_xact_id()::xid`;

/** How a change writes a row; `o` is the operation. */
export const SET = {
  delete: 'deleted_at = o.at, deleted_by = o.id',
  restore: 'deleted_at = null, deleted_by = null',
} as const;

/** The (instrument, day) pairs of the rows that a statement has `changed`. */
export const TOUCHED = `touched as (
  select distinct instrument_id, ("timestamp" at time zone 'UTC')::date - date '1970-01-01' as day
    from changed
)`;

/**
 * Whether a row was locked in the right state but not changed. An UPDATE searches in the snapshot of its statement, so
 * it misses a row that reached the right state while the statement waited for its lock. To count such a row as
 * unchanged would match no order of the operations, so the whole operation starts again.
 */
const IS_LATE = '(select count(*) from seen where wanted) > (select count(*) from changed)';

/**
 * Records what step $3 of the operation `o` has `seen`, `changed` and `touched`.
 * @param complete SQL: whether it was meant to change all that it has seen
 */
export const noteRows = (
  change: ChangeVerb,
  complete = 'true',
): string => `insert into tick_store.operation_rows (operation_id, step, found, affected, restores, min_time, max_time, touched_instruments, touched_days)
select o.id, $3::int4,
       case when ${complete} and ${IS_LATE}
            then ${REFUSE_OVERTAKEN}::int8multirange
            else coalesce((select range_agg(int8range(id, id + 1)) from seen), '{}') end,
       coalesce((select range_agg(int8range(id, id + 1)) from changed), '{}'),
       ${change === 'restore'},
       (select min("timestamp") from changed),
       (select max("timestamp") from changed),
       (select array_agg(instrument_id order by instrument_id, day) from touched),
       (select array_agg(day order by instrument_id, day) from touched)
  from o`;

/**
 * Changes the selected rows that are in the right state, and records which were found and which changed. The state is
 * checked on the locked row, so two concurrent operations never both count a row. Rows are first locked in the order of
 * their ids; an UPDATE alone would lock them in the order of its plan, and two could deadlock. Changes nothing if more
 * than `maxRows` rows are found; `settleOperation` then refuses the operation. Raises `overtaken` if another operation
 * brought a row into the right state while this one waited for its lock.
 */
export function changeRows(
  change: ChangeVerb,
  table: OperationTable,
  selector: Selector,
  operation: OperationOf,
  step: number,
  maxRows: number,
): Statement {
  const rows = selectRows(change, table, selector, 5);
  const fits = '(select count(*) from seen) <= $4::int4';
  return {
    name: `${change}-by-${selector.by}`,
    text: `
with o as materialized (
  select t.id, t.at from ${OF_THIS_OPERATION}
), seen as materialized (
  select m.id, ${rows.wanted} as wanted
    from tick_store.${table} m,${rows.from}
   where${rows.where}
     and exists (select from o)
   order by m.id
   limit $4::int4 + 1
   for no key update of m
), changed as (
  update tick_store.${table} m
     set ${SET[change]}
    from o,${rows.from}
   where${rows.where}
     and ${rows.wanted}
     and ${fits}
  returning m.id, m."timestamp", m.instrument_id
), ${TOUCHED}
${noteRows(change, fits)}`,
    values: [operation.keyScope, operation.idempotencyKey, step, maxRows, ...rows.values],
  };
}

/** What settling an operation needs. */
export interface OperationSettlement {
  /** Multirange of the requested ids, or null if the selector names no ids. */
  readonly requested: string | null;
  readonly expectedCount: number | null;
  readonly maxRows: number;
}

/** The receipt, from `counts`, c. */
const RECEIPT = operationSql({
  ...{ id: 'c.id', kind: 'c.kind', reason: 'c.reason', actor: 'c.actor', at: 'c.at' },
  ...{ requested: 'c.requested_count', affected: 'c.affected_count' },
  ...{ unchanged: 'c.unchanged_count', notFound: 'c.not_found_count' },
  rest: `${idsSql({ affected: 'c.affected', unchanged: 'c.found - c.affected', notFound: 'c.requested - c.found' })}
         || ${alsoDeletedBySql('c.also_deleted_by')}`,
});

/**
 * Writes the operation's receipt from what its statements found and changed. Raises `expected_count_mismatch`,
 * `too_many_rows` or `rows_archived`, which rolls back the whole operation.
 */
export const settleOperation = (operation: OperationOf, settlement: OperationSettlement): Statement => ({
  name: 'settle-operation',
  text: `
with o as (
  select t.id, t.kind, t.target, t.reason, t.actor, t.at, t.selector
    from ${OF_THIS_OPERATION}
), sets as (
  select o.*,
         coalesce((select range_agg(r.affected) from tick_store.operation_rows r where r.operation_id = o.id), '{}') as affected,
         coalesce($3::int8multirange,
                  (select range_agg(u.affected) from tick_store.operation_rows u where u.operation_id = (o.selector->>'operationId')::int8),
                  (select range_agg(r.found) from tick_store.operation_rows r where r.operation_id = o.id),
                  '{}') as requested,
         coalesce((select range_agg(u.affected) from tick_store.operation_rows u where u.operation_id = (o.selector->>'operationId')::int8),
                  (select range_agg(r.found) from tick_store.operation_rows r where r.operation_id = o.id),
                  '{}') as found
    from o
), counts as materialized (
  select sets.*,
         tick_store.cardinality(requested) as requested_count,
         tick_store.cardinality(affected) as affected_count,
         tick_store.cardinality(found - affected) as unchanged_count,
         tick_store.cardinality(requested - found) as not_found_count,
         tick_store.archived_reach(target, selector, requested - found) as archived,
         case when ${isUndoSql('kind', 'selector')}
              then ${alsoDeletedBy("(sets.selector->>'operationId')::int8", 'sets.affected')} end as also_deleted_by
    from sets
)
update tick_store.operations t
   set requested = c.requested_count,
       affected = c.affected_count,
       unchanged = c.unchanged_count,
       not_found = c.not_found_count,
       also_deleted_by = c.also_deleted_by,
       receipt =
         case when c.requested_count > $5::int8
              then tick_store.refuse('too_many_rows', json_build_object('requested', c.requested_count))
              when c.archived is not null
              then tick_store.refuse('rows_archived', json_build_object('partitions', c.archived))
              when $4::int8 is not null and c.affected_count <> $4::int8
              then tick_store.refuse('expected_count_mismatch', json_build_object('affected', c.affected_count))
              when ${isOvertakenSql('c.target', 'c.id', "case c.kind when 'restoration' then c.found else c.affected end")}
              then ${REFUSE_OVERTAKEN}
              else ${RECEIPT}
         end
  from counts c
 where t.id = c.id`,
  values: [
    operation.keyScope,
    operation.idempotencyKey,
    settlement.requested,
    settlement.expectedCount,
    settlement.maxRows,
  ],
});

/** The operation under a key. */
export interface StoredOperation extends Row {
  readonly id: number;
  readonly affected: number;
  /** The response's JSON text. */
  readonly receipt: string;
  readonly same_payload: boolean;
  /** False if another request made it. */
  readonly ours: boolean;
  /** Whether it runs in steps: its response is a 202. */
  readonly stepwise: boolean;
}

/** The size in bytes of the largest receipt: the most rows that one operation may find, each as a separate range. */
const OPERATION_BYTES = 5_000_000;

/** The receipt under a key, whichever request wrote it. */
export const findOperationByKey = (operation: NewOperation): Statement => ({
  name: 'find-operation-by-key',
  text: `
select k.number as id, coalesce(t.affected, 0) as affected, coalesce(t.receipt, '') as receipt,
       k.kind = 'operation' and k.payload_hash = $3::bytea as same_payload, k.request_id = $4::uuid as ours,
       coalesce(t.stepwise, false) as stepwise
  from tick_store.idempotency_keys k
  left join tick_store.operations t on k.kind = 'operation' and t.id = k.number
 where k.scope = $1::text and k.key = $2::text`,
  values: [operation.keyScope, operation.idempotencyKey, operation.payloadHash, operation.invocationId],
  expected: { rows: 1, rowBytes: OPERATION_BYTES },
});
