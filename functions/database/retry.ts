import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, DEADLINE_MARGIN_MS } from './database.ts';
import { DatabaseError, type DatabaseErrorKind, isMissingPartition } from './errors.ts';

/** Pauses before the second and third attempt. Each is lengthened by a random share of itself. Milliseconds. */
const PAUSES_MS = [50, 200];

/**
 * Runs `attempt`, and runs it again after a retryable error. A conflict is always retryable, because it rolled everything back.
 * A lost connection is retryable only if it is certain that nothing was committed, or if the call is idempotent. An exhausted
 * pool is not retried here: that would make it worse, and the client gets a `Retry-After`.
 * @throws the last attempt's error, marked as of unknown outcome if an earlier attempt may have been committed
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: CallOptions): Promise<T> {
  let outcomeUnknown = false;
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = PAUSES_MS[tried];
      const waitMs = (pauseMs ?? 0) * (1 + Math.random());
      if (
        pauseMs === undefined ||
        !isRetryable(error, options) ||
        Date.now() + waitMs >= options.deadline - DEADLINE_MARGIN_MS
      )
        throw outcomeUnknown ? withUnknownOutcome(error) : error;
      outcomeUnknown ||= !(error as DatabaseError).fields.rolledBack;
      await sleep(waitMs);
    }
  }
}

/** The kinds of error from which a caller concludes that nothing was written. */
const IMPLY_ROLLBACK: ReadonlySet<DatabaseErrorKind> = new Set(['overload', 'conflict']);

/**
 * The error to report after an attempt whose outcome is unknown. Even if the last attempt wrote nothing, the earlier one may
 * have.
 */
function withUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const kind = IMPLY_ROLLBACK.has(error.kind) ? 'unavailable' : error.kind;
  return new DatabaseError(kind, error.message, { ...error.fields, rolledBack: false }, error);
}

function isRetryable(error: unknown, options: CallOptions): boolean {
  if (!(error instanceof DatabaseError)) return false;
  const { code } = error.fields;
  // 55P03 has already waited for the lock timeout, as long as a caller should; a missing partition must be created first
  if (error.kind === 'conflict') return code !== '55P03' && !isMissingPartition(code, error.message);
  return error.kind === 'unavailable' && (error.fields.rolledBack || options.idempotent);
}
