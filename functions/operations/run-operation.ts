import { MAX_OPERATION_ROWS, type RestorationRequest } from '../contract/operations.ts';
import type { Database, Statement } from '../database/database.ts';
import { retryOvertaken } from '../ledger/retry-overtaken.ts';
import { keyOf } from '../ledger/sql/keyed-request.ts';
import { whileKeyExpires } from '../ledger/while-key-expires.ts';
import { cutIntoStatements } from './cut-into-statements.ts';
import { type FoundChanges, findChanges } from './find-changes.ts';
import { explainOperationError, refusalOf } from './operation-problems.ts';
import { type OperationRequest, type OperationResponse, recordedSelector, responseOf } from './operation-request.ts';
import { previewOperation } from './preview-operation.ts';
import {
  changeRows,
  findOperationByKey,
  insertOperation,
  type NewOperation,
  type StoredOperation,
  settleOperation,
} from './sql/apply-operation.ts';
import type { OperationTable, RequestedKind } from './sql/operation-table.ts';
import { startLargeOperation } from './start-large-operation.ts';
import { turnOf } from './turn-of.ts';

/**
 * Deletes or restores rows as one operation, which records who, why, when and which rows. Up to `MAX_OPERATION_ROWS`
 * change in one transaction, more in steps that commit. A second run with the same key has no effect; a second run
 * without a key changes no rows.
 * @throws Problem expected_count_mismatch, rows_archived, operation_running, not found or reused keys; DatabaseError
 */
export async function runOperation(
  database: Database,
  kind: RequestedKind,
  table: OperationTable,
  request: OperationRequest,
): Promise<OperationResponse> {
  const { body, options } = request;
  const found = await findChanges(database, kind, table, body, options);
  if (body.dryRun) return previewOperation(database, kind, table, found, request);
  const operation = {
    ...keyOf(request),
    kind,
    table,
    selector: JSON.stringify(recordedSelector(body)),
    reason: body.reason,
  };
  const large = () => startLargeOperation(database, operation, found, { ...request, ...body });
  if (found.largeBy !== null) return large();
  const statements = statementsOf(operation, found, body);
  try {
    const stored = await whileKeyExpires(async () => {
      const results = await retryOvertaken(() => database.transaction(statements, options));
      return results.at(-1)?.[0] as StoredOperation | undefined;
    });
    return responseOf(stored, kind, table);
  } catch (error) {
    if (refusalOf(error)?.requested !== undefined) return large();
    throw explainOperationError(error);
  }
}

/** An operation in one transaction. */
function statementsOf(operation: NewOperation, found: FoundChanges, body: RestorationRequest): Statement[] {
  // all changes of a request have one selector
  const turns = found.changes.slice(0, 1).map(({ selector }) => turnOf(operation.table, selector));
  return [
    ...turns,
    insertOperation(operation),
    ...found.changes
      .flatMap((change) => cutIntoStatements(change, body.batchSize))
      .map(({ change, selector }, step) =>
        changeRows(change, operation.table, selector, operation, step, MAX_OPERATION_ROWS),
      ),
    settleOperation(operation, {
      requested: found.requested,
      expectedCount: body.expectedCount ?? null,
      maxRows: MAX_OPERATION_ROWS,
    }),
    findOperationByKey(operation),
  ];
}
