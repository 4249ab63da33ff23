import type { Row, Statement } from '../../database/database.ts';
import { alsoDeletedBySql, operationSql, progressSql } from '../../ledger/sql/operation-text.ts';
import { type NewOperation, operationValues, TAKEN } from './apply-operation.ts';
import { isUndoSql } from './later-deletions.ts';
import type { OperationTable, RequestedKind } from './operation-table.ts';

/** An operation with more rows than fit into one transaction. */
export interface NewLargeOperation extends NewOperation {
  readonly expectedCount: number | null;
  /** Bounds of the timestamps that it can reach. ISO 8601. */
  readonly reach: { readonly from: string; readonly to: string };
}

/** The initial value of the deletions that an undo names. */
const NAMES_NOBODY = `case when ${isUndoSql('$1::text', '$3::jsonb')} then '{}'::bigint[] end`;

/** The first response, which all replays return: the operation has started. */
const STARTED = operationSql({
  ...{ id: 'number', kind: '$1::text', reason: '$4::text', actor: '$9::text', at: 'now()' },
  ...{ requested: "'0'", affected: "'0'", unchanged: "'0'", notFound: "'0'" },
  rest: `${progressSql({
    ...{ status: "'running'::text", rowsDone: "'0'", rowsToDo: 'null' },
    ...{ finishedAt: 'null::timestamptz', failure: 'null::text' },
  })}
         || ${alsoDeletedBySql(NAMES_NOBODY)}`,
});

/**
 * Takes the key and starts the operation. This fixes the batches whose rows it can change: those that this statement
 * sees. Writes nothing if the key is taken.
 */
export const insertLargeOperation = (operation: NewLargeOperation): Statement => ({
  name: 'insert-large-operation',
  text: `
with ${TAKEN}
insert into tick_store.operations
  (id, number, kind, target, selector, reason, key_scope, idempotency_key, actor, status, stepwise, planned, snapshot,
   expected_count, reach_from, reach_to, requested, affected, rows_total, rows_done, also_deleted_by, receipt)
select number, number, $1::text, $2::text, $3::jsonb, $4::text, $5::text, $6::text, $9::text, 'running', true, false, pg_current_snapshot(),
       $10::int8, $11::timestamptz, $12::timestamptz, 0, 0, 0, 0,
       ${NAMES_NOBODY},
       ${STARTED}
  from taken`,
  values: [...operationValues(operation), operation.expectedCount, operation.reach.from, operation.reach.to],
});

/** A running large operation, with its next step if its rows are planned. */
export interface RunningOperation extends Row {
  readonly id: number;
  readonly number: number;
  readonly kind: RequestedKind;
  readonly target: OperationTable;
  readonly selector: LargeSelector;
  readonly planned: boolean;
  /** ISO 8601; null before the first slice. */
  readonly planned_through: string | null;
  /** A microsecond later: where the next slice of a filter begins. */
  readonly plan_from: string | null;
  readonly planned_steps: number;
  readonly next_step: number;
  readonly rows_done: number;
  readonly affected: number;
  /** Multirange of the next step's ids, with the bounds of their timestamps; null if there is no next step. */
  readonly ids: string | null;
  readonly min_time: string | null;
  readonly max_time: string | null;
}

/** The selector as a large operation records it: everything needed to continue. */
export type LargeSelector =
  | {
      readonly filter: {
        readonly instrumentId: number;
        readonly barLength: number;
        readonly start: string;
        readonly end: string;
      };
    }
  | { readonly operationId: number };

/** The most bytes that the ids of a step take as text, with every id as a separate range. */
const STEP_BYTES = 500_000;

/** The current state of one large operation. No row if it has ended. */
export const findRunningOperation = (id: number): Statement => ({
  name: 'find-running-operation',
  text: `
select t.id, t.number, t.kind, t.target, t.selector, t.planned, t.planned_through,
       t.planned_through + interval '1 microsecond' as plan_from, t.planned_steps, t.next_step, t.rows_done, t.affected,
       p.ids::text as ids, p.min_time, p.max_time
  from tick_store.operations t
  left join tick_store.operation_plans p on t.planned and p.operation_id = t.id and p.step = t.next_step
 where t.id = $1::int8 and t.status = 'running'`,
  values: [id],
  expected: { rows: 1, rowBytes: STEP_BYTES },
});

/** The ids of the running large operations, oldest first. */
export const listRunningOperations = (): Statement => ({
  name: 'list-running-operations',
  text: `
select id
  from tick_store.operations
 where status = 'running'
 order by id
 limit 100`,
  values: [],
});

/** Ends an operation that cannot continue. Its changes stay, and an undo can revert them. */
export const failOperation = (operation: RunningOperation, failure: string): Statement => ({
  name: 'fail-operation',
  text: `
update tick_store.operations
   set status = 'failed', failure = $3::text, finished_at = now()
 where id = $1::int8 and status = 'running' and next_step = $2::int4`,
  values: [operation.id, operation.next_step, failure],
});
