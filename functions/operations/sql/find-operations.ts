import type { Row, Statement } from '../../database/database.ts';
import { alsoDeletedBySql, idsSql, operationSql, progressSql } from '../../ledger/sql/operation-text.ts';
import type { OperationKind, OperationTable } from './operation-table.ts';
import { STEP_RESTORES } from './revisions.ts';

const HEAD = { id: 't.id', kind: 't.kind', reason: 't.reason', actor: 't.actor', at: 't.at' };
const ALSO_DELETED_BY = alsoDeletedBySql('t.also_deleted_by');

/** The current state of an operation in steps. */
const STEPWISE = operationSql({
  ...{ ...HEAD, requested: 't.requested', affected: 't.affected', notFound: "'0'" },
  // rows that were in that state at the start, and rows that were when their step came
  unchanged: '(t.requested - t.rows_total + t.rows_done - t.affected)',
  rest: `${progressSql({
    ...{ status: 't.status', rowsDone: 't.rows_done', finishedAt: 't.finished_at', failure: 't.failure' },
    rowsToDo: 'case when t.planned then t.rows_total - t.rows_done end',
  })} || ${ALSO_DELETED_BY}`,
});

/**
 * A receipt whose text has expired: its counts, the ids that it changed and found, and the deletions that an undo
 * names.
 */
const EXPIRED = operationSql({
  ...{ ...HEAD, requested: 't.requested', affected: 't.affected', unchanged: 't.unchanged', notFound: 't.not_found' },
  rest: `${idsSql({
    affected: noted('r.affected'),
    unchanged: noted('r.found - r.affected'),
    notFound: `'{}'::int8multirange`,
  })} || ${ALSO_DELETED_BY}`,
});

function noted(rows: string): string {
  return `coalesce((select range_agg(${rows}) from tick_store.operation_rows r where r.operation_id = t.id), '{}')`;
}

/** The text of an operation, t. */
const TEXT = `case when t.stepwise then ${STEPWISE}
            else coalesce(t.receipt, ${EXPIRED}) end`;

/** The receipt of a stored operation. */
interface OperationReceipt extends Row {
  readonly id: number;
  readonly kind: OperationKind;
  readonly receipt: string;
}

/** A stored operation. */
export interface FoundOperation extends OperationReceipt {
  readonly status: 'running' | 'done' | 'failed';
  /** How many rows it has changed. */
  readonly affected: number;
  /** Whether it has deleted rows, and whether it has made rows live. */
  readonly deleted: boolean;
  readonly restored: boolean;
}

/** One operation by its id. */
export const findOperation = (table: OperationTable, id: number): Statement => ({
  name: 'find-operation',
  text: `
select t.id, t.kind, t.status, coalesce(t.affected, 0) as affected,
       ${TEXT} as receipt,
       exists (select from tick_store.operation_rows r where r.operation_id = t.id and not ${STEP_RESTORES}) as deleted,
       exists (select from tick_store.operation_rows r where r.operation_id = t.id and ${STEP_RESTORES}) as restored
  from tick_store.operations t
 where t.id = $1::int8 and t.target = $2::text`,
  values: [id, table],
});

/** A stored operation of a list. */
export interface ListedOperation extends OperationReceipt {
  /** Whether there is an older one. */
  readonly more: boolean;
}

/**
 * A page ends with the receipt that exceeds this many bytes, because a thousand of the longest would not fit into
 * memory.
 */
const PAGE_BYTES = 5_000_000;

/**
 * Lists operations, newest first. `search` is part of the reason or the caller, `before` the last id of the previous
 * page. May return fewer than `limit`; `more` says whether there are older ones.
 */
export const listOperations = (
  table: OperationTable,
  search: string | null,
  before: number | null,
  limit: number,
): Statement => ({
  name: 'list-operations',
  text: `
select id, kind, receipt, more
  from (select id, kind, receipt, lead(id) over newest is not null as more,
               sum(octet_length(receipt)) over (newest rows between unbounded preceding and 1 preceding) as bytes_before
          from (select t.id, t.kind,
                       ${TEXT} as receipt
                  from tick_store.operations t
                 where t.target = $1::text and t.id < coalesce($2::int8, 9223372036854775807)
                   and ($5::text is null or strpos(lower(t.reason), lower($5::text)) > 0 or strpos(lower(t.actor), lower($5::text)) > 0)
                 order by t.id desc
                 limit $3::int4 + 1) listed
        window newest as (order by id desc)
         order by id desc
         limit $3::int4) page
 where coalesce(bytes_before, 0) < $4::int8
 order by id desc`,
  values: [table, before, limit, PAGE_BYTES, search],
});
