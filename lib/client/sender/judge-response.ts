import type { Receipt } from '../requests/api.ts';
import type { TickStoreProblem } from '../requests/problem.ts';
import type { RejectedRecord } from './batch-queue.ts';

/** Codes of the service about the route or the time of a request, not about the batch. */
const PASSING = new Set(['route_not_found', 'method_not_allowed', 'request_timeout']);

/**
 * Whether a retry cannot help, because the service itself refused the batch. Errors of other components, such as a
 * gateway without the route or missing permissions, can be corrected, so the batch waits.
 */
export const isForGood = (problem: TickStoreProblem): boolean => {
  if (problem.category === 'validation') return !PASSING.has(problem.code);
  return problem.code === 'idempotency_key_reused' || problem.status === 413;
};

/**
 * The rejected records. The receipt explains only the first 1,000 rejections; of the others only the place is known.
 */
export function rejectedRecords({ outcomes, rejections }: Receipt, body: string): RejectedRecord[] {
  if (outcomes.rejected.length === 0) return [];
  const lines = body.split('\n');
  const reasons = new Map(rejections.map((rejection) => [rejection.index, rejection]));
  const beyond = { path: '', code: 'not_listed', message: 'the receipt lists the first 1,000 reasons' };
  return outcomes.rejected.flatMap(([from, to]) =>
    lines.slice(from, to + 1).map((record, i) => {
      const { path, code, message } = reasons.get(from + i) ?? beyond;
      return { record, path, code, message };
    }),
  );
}
