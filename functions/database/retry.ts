import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, DEADLINE_MARGIN_MS } from './database.ts';
import { DatabaseError, type DatabaseErrorKind, isMissingPartition } from './errors.ts';

/** Pauses before the second and third attempt; each is extended by a random share of itself. Milliseconds. */
const PAUSES_MS = [50, 200];

/**
 * Runs `attempt` again after a retryable error: a conflict, which rolled everything back, always; a lost
 * connection only if certainly nothing was committed, or if the call is idempotent. An exhausted pool is not retried here:
 * that would make it worse, and the client gets a `Retry-After`.
 * @throws the last attempt's error; if an earlier attempt may have been committed, with an unknown outcome
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

/** The kinds that mean to a caller that nothing was written. */
const TELL_ROLLBACK: ReadonlySet<DatabaseErrorKind> = new Set(['overload', 'conflict']);

/** The error of an attempt after one with an unknown outcome: that this attempt wrote nothing does not settle the earlier one. */
function withUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const kind = TELL_ROLLBACK.has(error.kind) ? 'unavailable' : error.kind;
  return new DatabaseError(kind, error.message, { ...error.fields, rolledBack: false }, error);
}

function isRetryable(error: unknown, options: CallOptions): boolean {
  if (!(error instanceof DatabaseError)) return false;
  const { code } = error.fields;
  // 55P03: the lock timeout has already waited as long as a caller should; a missing partition must be ensured first
  if (error.kind === 'conflict') return code !== '55P03' && !isMissingPartition(code, error.message);
  return error.kind === 'unavailable' && (error.fields.rolledBack || options.idempotent);
}
