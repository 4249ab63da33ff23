import { TickStoreProblem, TickStoreUnreachable } from './problem.ts';

/** When and how often a call is retried. */
export interface RetryPolicy {
  /** Number of attempts in total; 1 means no retries. Default 6. */
  readonly attempts: number;
  /** The longest pause before the second attempt; it doubles for each further attempt. Milliseconds. Default 200. */
  readonly baseMs: number;
  /** The longest pause, unless the response demands a longer one with `Retry-After`. Milliseconds. Default 10,000. */
  readonly capMs: number;
  /** Called when an attempt has failed and another one follows. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 6, baseMs: 200, capMs: 10_000 };

/** Statuses that may be temporary. A 500 may come from a function that was killed while it ran. */
const RETRYABLE_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether the same request, with the same key, may succeed later. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof TickStoreUnreachable) return true;
  if (!(error instanceof TickStoreProblem)) return false;
  return RETRYABLE_STATUSES.has(error.status) || error.code === 'request_in_progress';
}

/** Whether the store demands fewer requests. */
export const isThrottling = (error: unknown): boolean =>
  error instanceof TickStoreProblem && (error.status === 429 || error.status === 503);

/**
 * The pause before an attempt: full jitter (a random share of an exponential bound, as in AWS' "Exponential backoff and
 * jitter"), in addition to `Retry-After` if the response has one, so that clients do not return together.
 * @param failures so far, at least 1
 * @returns milliseconds
 */
export function pauseMs(failures: number, error: unknown, policy: RetryPolicy, random = Math.random): number {
  const bound = Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1));
  const asked = error instanceof TickStoreProblem ? (error.retryAfterMs ?? 0) : 0;
  return asked + random() * bound;
}

/**
 * Attempts a call until it succeeds, fails with an error that is not retryable, or has used up the policy's attempts.
 * @throws the last attempt's error; the signal's reason
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (failures >= policy.attempts || !isRetryable(error)) throw error;
      policy.onRetry?.(error);
      await pause(pauseMs(failures, error, policy), signal);
    }
  }
}

/** Waits. @throws the signal's reason as soon as it is aborted */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
