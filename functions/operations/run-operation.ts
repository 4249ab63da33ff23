import { MAX_OPERATION_ROWS, type Operation, type RestorationRequest } from '../contract/operations.ts';
import { idempotencyKeyReused, Problem, requestInProgress } from '../contract/problem.ts';
import type { CallOptions, Database, Statement } from '../database/database.ts';
import { DatabaseError, REFUSED } from '../database/errors.ts';
import { toMultirange } from '../ledger/id-ranges.ts';
import { type KeyedRequest, keyOf } from '../ledger/sql/keyed-request.ts';
import { MAX_CHANGE_STATEMENTS, rowsPerStatement } from '../ledger/statement-limits.ts';
import type { StoredResponse } from '../ledger/stored-response.ts';
import { type FoundChanges, findChanges } from './find-changes.ts';
import { retryOnLiveRevision } from './retry-on-live-revision.ts';
import {
  changeRows,
  findOperationByKey,
  insertOperation,
  type NewOperation,
  type StoredOperation,
  settleOperation,
} from './sql/apply-operation.ts';
import type { OperationTable, RowChange } from './sql/operation-table.ts';
import { type ArchivedReach, archivedReach, type Preview, previewChanges } from './sql/preview-operation.ts';

/** The kinds of operations that a request can ask for. */
export type RequestedKind = 'deletion' | 'restoration';

/** The bodies of deletions and restorations have the same members. */
export interface OperationRequest extends KeyedRequest {
  readonly body: RestorationRequest;
  readonly options: CallOptions;
}

/** A stored operation, or what a dry run would have made: the response, and what metrics need of it. */
export interface OperationResponse extends StoredResponse {
  /** Null for a dry run. */
  readonly operationId: number | null;
  readonly kind: RequestedKind;
  readonly affected: number;
}

/**
 * Deletes or restores rows as one operation, in one transaction: who, why, when, which rows. Running it twice with one key
 * does it once; running it twice without changes nothing the second time.
 * @throws Problem expected_count_mismatch, too_many_rows, rows_archived, not found or reused keys; DatabaseError
 */
export async function runOperation(
  database: Database,
  kind: RequestedKind,
  table: OperationTable,
  request: OperationRequest,
): Promise<OperationResponse> {
  const { body, options } = request;
  const found = await findChanges(database, kind, table, body, options);
  if (body.dryRun) return preview(database, kind, table, found, request);
  const operation: NewOperation = {
    ...keyOf(request),
    kind,
    table,
    selector: JSON.stringify(recordedSelector(body)),
    reason: body.reason,
  };
  const statements = [
    insertOperation(operation),
    ...found.changes
      .flatMap((change) => steps(change, body.batchSize))
      .map(({ change, selector }, step) => changeRows(change, table, selector, operation, step, MAX_OPERATION_ROWS)),
    settleOperation(operation, {
      requested: found.requested,
      expectedCount: body.expectedCount ?? null,
      maxRows: MAX_OPERATION_ROWS,
    }),
    findOperationByKey(operation),
  ];
  const stored = await runStatements(database, statements, options);
  if (!stored.same_payload) throw idempotencyKeyReused();
  const { receipt, ours, id, affected } = stored;
  return { json: receipt, replayed: !ours, operationId: id, kind, affected };
}

/** Ids in statements of `batchSize`, ascending, so that two operations lock rows in one order. */
function steps({ change, selector }: RowChange, batchSize: number): RowChange[] {
  if (selector.by !== 'ids') return [{ change, selector }];
  const parts: RowChange[] = [];
  const size = rowsPerStatement(batchSize, selector.ids.length, MAX_CHANGE_STATEMENTS);
  for (let from = 0; from < selector.ids.length; from += size) {
    parts.push({ change, selector: { ...selector, ids: selector.ids.slice(from, from + size) } });
  }
  return parts;
}

async function runStatements(
  database: Database,
  statements: Statement[],
  options: CallOptions,
): Promise<StoredOperation> {
  try {
    const results = await retryOnLiveRevision(() => database.transaction(statements, options));
    return results.at(-1)?.[0] as StoredOperation;
  } catch (error) {
    throw explain(error);
  }
}

/** What the record keeps of the request's selector: the ids themselves stand in the receipt. */
function recordedSelector({ ids, batchId, operationId, filter }: RestorationRequest): object {
  return ids ? { ids: ids.length } : { batchId, operationId, filter };
}

async function preview(
  database: Database,
  kind: RequestedKind,
  table: OperationTable,
  { changes, requested }: FoundChanges,
  { body, actor, options }: OperationRequest,
): Promise<OperationResponse> {
  const statement = previewChanges(table, changes, body.operationId, requested, MAX_OPERATION_ROWS);
  const [found] = await database.run<Preview>(statement, options);
  const { at, affected, unchanged, not_found: notFound, ...row } = found as Preview;
  if (row.requested > MAX_OPERATION_ROWS) throw tooManyRows();
  const missing = JSON.parse(row.not_found_ids) as [number, number][];
  const [reach] = await database.run<ArchivedReach>(
    archivedReach(table, recordedSelector(body), toMultirange(missing)),
    options,
  );
  if (reach?.partitions) throw rowsArchived(reach.partitions);
  if (body.expectedCount !== undefined && affected !== body.expectedCount) throw countMismatch(affected);
  const operation: Operation = {
    operationId: null,
    kind,
    reason: body.reason,
    actor,
    at,
    dryRun: true,
    requested: row.requested,
    affected,
    unchanged,
    notFound,
    ids: {
      affected: JSON.parse(row.affected_ids) as [number, number][],
      unchanged: JSON.parse(row.unchanged_ids) as [number, number][],
      notFound: missing,
    },
    ...(kind === 'restoration' && row.also_deleted_by !== null
      ? { alsoDeletedBy: JSON.parse(row.also_deleted_by) as number[] }
      : {}),
  };
  return { json: JSON.stringify(operation), replayed: false, operationId: null, kind, affected };
}

const tooManyRows = (cause?: unknown) =>
  new Problem('too_many_rows', `one operation changes at most ${MAX_OPERATION_ROWS} rows: narrow the filter`, {
    cause,
  });

const countMismatch = (affected: number, cause?: unknown) =>
  new Problem('expected_count_mismatch', `${affected} rows would change; nothing was changed`, {
    members: { affected },
    cause,
  });

const rowsArchived = (partitions: readonly string[], cause?: unknown) =>
  new Problem('rows_archived', `bring back ${partitions.join(', ')} first, or ask for less; nothing was changed`, {
    members: { partitions },
    cause,
  });

/** What a database error means to someone who deletes or restores. */
function explain(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (error.fields.code === REFUSED) {
    const { affected, partitions } = JSON.parse(error.fields.detail ?? '{}') as {
      affected?: number;
      partitions?: string[];
    };
    if (partitions) return rowsArchived(partitions, error);
    return affected === undefined ? tooManyRows(error) : countMismatch(affected, error);
  }
  if (error.fields.code === '55P03' && error.fields.statement === 'insert-operation') {
    return requestInProgress(error);
  }
  return error;
}
