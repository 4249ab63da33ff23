import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { hasClientKey, type KeyState, waitForKey } from '../ledger/sql/keyed-request.ts';
import { whileKeyExpires } from '../ledger/while-key-expires.ts';
import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { continueOperation } from './continue-operation.ts';
import { countOperation, type LargeChange, largeChange, reachOf } from './count-operation.ts';
import type { FoundChanges } from './find-changes.ts';
import { countMismatch, explainOperationError, refuseArchived } from './operation-problems.ts';
import { type OperationResponse, responseOf } from './operation-request.ts';
import { findOperationByKey, type NewOperation, type StoredOperation } from './sql/apply-operation.ts';
import { insertLargeOperation, type LargeSelector, type NewLargeOperation } from './sql/large-operations.ts';
import type { LargeSelection, RequestedKind } from './sql/operation-table.ts';

/** How long the request that starts an operation works on it before it responds. Milliseconds. */
const BEGIN_MS = 3_000;
/** The time reserved for the response. Milliseconds. */
const RESPOND_MS = 3_000;

/**
 * Records an operation on more rows than one transaction changes, and starts to run it. The schedule continues what the
 * request does not finish. The response is a 202, which never changes.
 * @throws Problem expected_count_mismatch, rows_archived, idempotency_key_reused; DatabaseError
 */
export async function startLargeOperation(
  database: Database,
  operation: NewOperation & { readonly kind: RequestedKind },
  found: FoundChanges,
  { expectedCount, options, logger }: { expectedCount?: number | undefined; options: CallOptions; logger: Logger },
): Promise<OperationResponse> {
  const { kind, table } = operation;
  const large = largeChange(found.changes);
  const [earlier] = await database.run<StoredOperation>(findOperationByKey(operation), options);
  if (earlier !== undefined) return responseOf(earlier, kind, table);
  const recorded = largeSelectorOf(large.selector);
  let reach: Reach;
  try {
    reach = await checkedReach(database, operation, large, expectedCount, options);
  } catch (refusal) {
    const meanwhile = refusal instanceof Problem ? await findMeanwhile(database, operation, options) : undefined;
    if (meanwhile === undefined) throw refusal;
    return responseOf(meanwhile, kind, table);
  }
  const started = { ...operation, selector: JSON.stringify(recorded), expectedCount: expectedCount ?? null, reach };
  const stored = await insert(database, started, options);
  const response = responseOf(stored, kind, table);
  if (response.replayed) return response;
  return { ...response, affected: await begin(database, stored.id, options, logger) };
}

type Reach = NewLargeOperation['reach'];

/**
 * The period that can contain the rows of an operation that may start.
 * @throws Problem expected_count_mismatch, rows_archived, operation_not_found; DatabaseError
 */
async function checkedReach(
  database: Database,
  { table }: NewOperation,
  large: LargeChange,
  expectedCount: number | undefined,
  options: CallOptions,
): Promise<Reach> {
  const reach = await reachOf(database, large.selector, options);
  if (reach === null) throw new Problem('operation_not_found', 'the operation has changed no rows');
  await refuseArchived(database, table, largeSelectorOf(large.selector), [], options);
  if (expectedCount === undefined) return reach;
  const { affected } = await countOperation(database, table, large, options);
  if (affected !== expectedCount) throw countMismatch(affected);
  return reach;
}

/**
 * What another request with the same key has started while this one was checked. Its steps may be the reason why this
 * one is refused. Waits for one that is still starting.
 * @throws Problem request_in_progress; DatabaseError
 */
async function findMeanwhile(
  database: Database,
  operation: NewOperation,
  options: CallOptions,
): Promise<StoredOperation | undefined> {
  if (!hasClientKey(operation)) return undefined;
  try {
    const [key] = await database.run<KeyState>(waitForKey(operation), options);
    if (key?.taken === false) return undefined;
    return (await database.run<StoredOperation>(findOperationByKey(operation), options))[0];
  } catch (error) {
    throw explainOperationError(error);
  }
}

async function insert(database: Database, started: NewLargeOperation, options: CallOptions): Promise<StoredOperation> {
  try {
    const statements = [insertLargeOperation(started), findOperationByKey(started)];
    return await whileKeyExpires(
      async () => (await database.transaction(statements, options)).at(-1)?.[0] as StoredOperation | undefined,
    );
  } catch (error) {
    throw explainOperationError(error);
  }
}

/**
 * Runs the first steps. An error is only logged: the operation is recorded, and the next run of the schedule meets the error
 * again.
 */
async function begin(database: Database, id: number, options: CallOptions, logger: Logger): Promise<number> {
  const until = Math.min(Date.now() + BEGIN_MS, options.deadline - RESPOND_MS);
  try {
    const { deleted, restored } = await continueOperation(database, id, options, logger, until);
    return deleted + restored;
  } catch (error) {
    logger.warn('operation started and not begun: the schedule continues it', {
      operationId: id,
      error: describeError(error),
    });
    return 0;
  }
}

function largeSelectorOf(selector: LargeSelection): LargeSelector {
  if (selector.by === 'operation') return { operationId: selector.operationId };
  const { by: _, ...filter } = selector;
  return { filter };
}
