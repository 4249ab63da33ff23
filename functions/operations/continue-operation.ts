import type { CallOptions, Database, Statement } from '../database/database.ts';
import { DatabaseError, REFUSED } from '../database/errors.ts';
import { retryOvertaken } from '../ledger/retry-overtaken.ts';
import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { applyStep } from './sql/apply-step.ts';
import {
  failOperation,
  findRunningOperation,
  type LargeSelector,
  listRunningOperations,
  type RunningOperation,
} from './sql/large-operations.ts';
import { noteLaterDeletions } from './sql/later-deletions.ts';
import {
  findSliceEnd,
  findUndoneSteps,
  planSlice,
  planUndoneSteps,
  type SliceEnd,
  type UndoneSteps,
} from './sql/plan-operation.ts';
import { turnOfLarge } from './turn-of.ts';

/** What a run has changed, in rows. */
export interface ChangedRows {
  readonly deleted: number;
  readonly restored: number;
}

/** What a run has found and changed. */
export interface RunResult extends ChangedRows {
  /** Operations that were running when it began. */
  readonly operations: number;
}

/** If another runner has taken this many steps in a row, this run leaves the operation to it. */
const MOST_IDLE = 2;

/**
 * Continues every running large operation, the oldest first, until all have ended or the time is up. An operation that
 * is blocked, such as by a transaction that holds its rows, is left to the next run.
 * @param until when to stop taking steps. Epoch milliseconds, before the deadline by as long as a step may take
 * @throws DatabaseError if the database is unreachable
 */
export async function continueOperations(
  database: Database,
  options: CallOptions,
  logger: Logger,
  until: number,
): Promise<RunResult> {
  const running = await database.run<{ id: number }>(listRunningOperations(), options);
  const result = { operations: running.length, deleted: 0, restored: 0 };
  for (const { id } of running) {
    const { deleted, restored } = await continueOperation(database, id, options, logger, until);
    result.deleted += deleted;
    result.restored += restored;
  }
  return result;
}

/**
 * Continues one large operation: plans its rows slice by slice, then changes them step by step. Each slice and each
 * step is a transaction, so a run may end anywhere, and two concurrent runs never do one twice.
 * @param until when to stop taking steps. Epoch milliseconds
 */
export async function continueOperation(
  database: Database,
  id: number,
  options: CallOptions,
  logger: Logger,
  until: number,
): Promise<ChangedRows> {
  const changed = { deletion: 0, restoration: 0 };
  let last: RunningOperation | undefined;
  for (let idle = 0; idle < MOST_IDLE && Date.now() < until; ) {
    const [operation] = await database.run<RunningOperation>(findRunningOperation(id), options);
    if (operation === undefined) break;
    idle = last !== undefined && isSamePlace(operation, last) ? idle + 1 : 0;
    last = operation;
    try {
      changed[operation.kind] += await takeStep(database, operation, options);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.kind === 'unavailable' || error.kind === 'overload') throw error;
      const failure = failureOf(error);
      const { next_step: step } = operation;
      if (failure === null) {
        logger.warn('operation waits for its next run', { operationId: id, step, sqlState: error.fields.code });
        break;
      }
      logger.error('operation failed', { operationId: id, step, error: describeError(error) });
      await database.transaction([failOperation(operation, failure)], options);
      break;
    }
  }
  return { deleted: changed.deletion, restored: changed.restoration };
}

const isSamePlace = (one: RunningOperation, other: RunningOperation) =>
  one.next_step === other.next_step &&
  one.planned === other.planned &&
  one.planned_through === other.planned_through &&
  one.planned_steps === other.planned_steps;

/** Why an operation cannot continue, as text for its record; null if a later run may succeed. */
function failureOf({ kind, message, fields }: DatabaseError): string | null {
  if (kind === 'conflict' || kind === 'timeout') return null;
  if (fields.code === REFUSED && message.startsWith('rows_archived')) {
    const { partitions = [] } = JSON.parse(fields.detail ?? '{}') as { partitions?: string[] };
    const what =
      partitions.length === 0 ? 'a partition of its rows was let go' : `${partitions.join(', ')} went into the archive`;
    return `rows_archived: ${what} meanwhile; the rows changed so far stay changed`;
  }
  return `internal_error: the database refused a step (SQLSTATE ${fields.code ?? 'unknown'}); the rows changed so far stay changed`;
}

/** Takes one slice of the plan, or one step. Returns how many rows it changed. */
async function takeStep(database: Database, operation: RunningOperation, options: CallOptions): Promise<number> {
  if (!operation.planned) {
    await database.transaction([await nextSlice(database, operation, options)], options);
    return 0;
  }
  const statements = [turnOfLarge(operation.target, operation.selector), applyStep(operation), ...namingOf(operation)];
  const [, rows] = await retryOvertaken(() => database.transaction(statements, options));
  return (rows?.[0] as { affected: number } | undefined)?.affected ?? 0;
}

/** What follows a step of an undo. */
function namingOf({ id, kind, target, next_step: step, selector }: RunningOperation): Statement[] {
  if (kind !== 'restoration' || !('operationId' in selector)) return [];
  return [noteLaterDeletions({ id, step, undone: selector.operationId, target })];
}

async function nextSlice(database: Database, operation: RunningOperation, options: CallOptions): Promise<Statement> {
  const selector: LargeSelector = operation.selector;
  if ('filter' in selector) {
    const from = operation.plan_from ?? selector.filter.start;
    const [end] = await database.run<SliceEnd>(findSliceEnd(operation, selector.filter, from), options);
    const to = end?.to ?? null;
    return planSlice(operation, selector.filter, { from, to: to ?? selector.filter.end, isLast: to === null });
  }
  const { operationId: undone } = selector;
  const [steps] = await database.run<UndoneSteps>(findUndoneSteps(undone, operation.planned_steps), options);
  return planUndoneSteps(operation, undone, steps as UndoneSteps);
}
