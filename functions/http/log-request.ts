import type { InvocationLogger } from '../runtime/logger.ts';
import type { ApiMiddleware } from './request-state.ts';

/** Adds the request's id to every log line, and writes one line per request: caller, route, status, milliseconds. */
export function logRequest(logger: InvocationLogger): ApiMiddleware {
  let started = 0;
  const log: ApiMiddleware['after'] = ({ response, internal }) => {
    const ms = Math.round((performance.now() - started) * 10) / 10;
    const { actor, measurement } = internal;
    logger.info('request', { actor, status: response?.statusCode, ms, ...measurement?.properties });
  };
  return {
    before: ({ context, internal }) => {
      started = performance.now();
      logger.startInvocation(context);
      logger.addFields({ requestId: internal.requestId, route: internal.routeKey });
    },
    after: log,
    onError: log,
  };
}
