import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { CallRecorder } from '../metrics/call-recorder.ts';
import { invocationMetrics, type Measurement, readEmitter } from '../metrics/invocation-metrics.ts';
import type { Environment } from '../runtime/environment.ts';
import type { InvocationLogger } from '../runtime/logger.ts';
import type { ApiRequest, ApiResponse, RouteHandlers } from './api-request.ts';
import { compressResponse } from './compress-response.ts';
import { findRoute, type RequestTable } from './find-route.ts';
import { identifyCaller } from './identify-caller.ts';
import { logRequest } from './log-request.ts';
import { parseRequest } from './parse-request.ts';
import { rateLimitPolicy } from './rate-limit-policy.ts';
import { requestId } from './request-id.ts';
import type { ApiResult, RequestState } from './request-state.ts';
import { respondToErrors } from './respond-to-errors.ts';
import { writeResponse } from './write-response.ts';

/** What a handler of HTTP requests needs of its execution environment. */
export interface ApiServices {
  readonly environment: Environment;
  readonly logger: InvocationLogger;
  /** Records the database calls of the current invocation. */
  readonly recorder: CallRecorder;
  /** Where the line with an invocation's metrics goes; default standard output. */
  readonly writeMetrics?: (line: string) => void;
}

type Handle = (request: ApiRequest) => Promise<ApiResponse>;

/**
 * A Lambda handler for the routes of one function, behind an API Gateway HTTP API (payload 2.0). Its middlewares, the
 * outermost first. Their `before` hooks run in this order, their `after` and `onError` hooks in reverse order:
 *
 * 1. `requestId` sets the id of the request and its response.
 * 2. `rateLimitPolicy` adds the API's rate limit to the response.
 * 3. `logRequest` adds the request's id to log lines, and writes one line at the end.
 * 4. `invocationMetrics` emits its metrics.
 * 5. `compressResponse` compresses the response if the client accepts gzip.
 * 6. `respondToErrors` converts an error to a problem document.
 * 7. `writeResponse` converts the handler's response to API Gateway's format.
 * 8. `findRoute` finds the route, or ends with 404 or 405.
 * 9. `identifyCaller` finds the actor, or ends with 401.
 * 10. `parseRequest` replaces the event with a request that is checked against its route, or ends with a 4xx.
 */
export function apiHandler<const Requests extends RequestTable>(
  { environment, logger, recorder, writeMetrics: write }: ApiServices,
  requests: Requests,
  handlers: RouteHandlers<Requests>,
): (event: APIGatewayProxyEventV2, context: Context) => Promise<ApiResult> {
  const byName = new Map(Object.entries(handlers) as [string, Handle][]);
  const metrics = invocationMetrics<RequestState>({
    recorder,
    emitter: readEmitter(environment),
    measurementOf,
    write,
  });
  // biome-ignore lint/suspicious/noExplicitAny: see ApiMiddleware
  return middy<any, any, Error, Context, RequestState>({ timeoutEarlyInMillis: 0 })
    .use(requestId())
    .use(rateLimitPolicy(environment.REQUESTS_PER_SECOND))
    .use(logRequest(logger))
    .use(metrics)
    .use(compressResponse())
    .use(respondToErrors(logger))
    .use(writeResponse())
    .use(findRoute(requests))
    .use(identifyCaller(environment.ANONYMOUS_ACTOR))
    .use(parseRequest(logger))
    .handler((request: ApiRequest) => (byName.get(request.name) as Handle)(request)) as never;
}

/** What the handler measured, with the caller and the request id. */
function measurementOf({ requestId, actor, measurement }: RequestState): Measurement {
  return { metrics: measurement?.metrics, properties: { requestId, actor, ...measurement?.properties } };
}
