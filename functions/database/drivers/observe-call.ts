import type { CallOptions, ObservedCall } from '../database.ts';
import { DatabaseError } from '../errors.ts';
import { withRetries } from '../retry.ts';

/** What has been observed of a call so far. */
export interface CallObservation {
  readonly statements: string[];
  acquireMs: number | null;
  /** Calls repeated within an attempt, in addition to the attempts themselves. */
  resent: number;
}

/** Adds the time since `since` to the wait for a connection. */
export function addWait(observation: CallObservation, since: number): void {
  observation.acquireMs = (observation.acquireMs ?? 0) + performance.now() - since;
}

/** Runs `attempt` with retries, and reports the call to the observer. */
export async function observeCall<T>(
  attempt: (observation: CallObservation) => Promise<T>,
  options: CallOptions,
  onCall: ((call: ObservedCall) => void) | undefined,
): Promise<T> {
  const observation: CallObservation = { statements: [], acquireMs: null, resent: 0 };
  const started = performance.now();
  let attempts = 0;
  let error: ObservedCall['error'];
  try {
    return await withRetries(() => {
      attempts++;
      return attempt(observation);
    }, options);
  } catch (thrown) {
    if (thrown instanceof DatabaseError) error = thrown.kind;
    throw thrown;
  } finally {
    const { statements, acquireMs, resent } = observation;
    const ms = performance.now() - started - (acquireMs ?? 0);
    onCall?.({ statements, acquireMs, ms, retries: attempts - 1 + resent, error });
  }
}
