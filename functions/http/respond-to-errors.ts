import type { Problem } from '../contract/problem.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';
import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { problemOf, problemResponse } from './problem-response.ts';
import type { ApiMiddleware } from './request-state.ts';

/** Converts errors to RFC 9457 documents. The cause of a 5xx is logged with its stack, and never sent. */
export function respondToErrors(logger: Logger): ApiMiddleware {
  return {
    onError: (request) => {
      const { error, internal } = request;
      const problem = problemOf(error);
      request.response = problemResponse(problem, internal);
      const measurement = measurementOf(problem);
      if (measurement) internal.measurement = measurement;
      if (request.response.statusCode >= 500) logger.error(problem.code, { error: describeError(problem.cause) });
    },
  };
}

/** The measurement of a refused batch, from its problem document. */
function measurementOf({ options }: Problem): Measurement | undefined {
  const { received, rejected } = options.members ?? {};
  if (typeof received !== 'number' || typeof rejected !== 'number') return undefined;
  return { metrics: { RowsReceived: received, RowsRejected: rejected, RowsInserted: 0 } };
}
