import { randomUUID } from 'node:crypto';
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { Problem } from '../contract/problem.ts';
import type { FunctionName } from '../contract/routes.ts';
import type { CallRecorder } from '../metrics/call-recorder.ts';
import { invocationMetrics, type Measurement, readEmitter } from '../metrics/invocation-metrics.ts';
import type { Environment } from '../runtime/environment.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ApiRequest, ApiResponse, RouteHandlers } from './api-request.ts';
import { parseRequest } from './parse-request.ts';
import { problemOf, problemResponse } from './problem-response.ts';
import { actorOf } from './read-identity.ts';
import { noRoute, resolveRoute } from './resolve-route.ts';

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;
type ApiMiddleware = MiddlewareObj<Event, Result, Error, Context>;

/** What a handler of HTTP requests needs of its execution environment. */
export interface ApiServices {
  readonly environment: Environment;
  readonly logger: Logger;
  /** The calls to the database of the invocation under way. */
  readonly recorder: CallRecorder;
}

/**
 * A Lambda handler for the routes of one function, behind an API Gateway HTTP API (payload 2.0): names the request,
 * answers errors as problem documents, logs, parses, and hands a checked call to the route's handler.
 */
export function apiHandler<F extends FunctionName>(
  services: ApiServices,
  handlers: RouteHandlers<F>,
): (event: Event, context: Context) => Promise<Result> {
  const handler = async (event: Event, context: Context): Promise<Result> => {
    const { name, route } = resolveRoute(event.routeKey, event.rawPath);
    const handle = (handlers as unknown as Record<string, (request: ApiRequest) => Promise<ApiResponse>>)[name];
    if (handle === undefined) throw noRoute(event.rawPath);
    const actor = actorOf(event, services.environment.ANONYMOUS_ACTOR);
    actors.set(event, actor);
    const logger = services.logger.with({ requestId: requestIdOf(event), route: event.routeKey });
    const response = await handle(parseRequest(event, route, { actor, context, logger }));
    if (response.measurement) measurements.set(event, response.measurement);
    return resultOf(response);
  };
  return middy<Event, Result, Error, Context>({ timeoutEarlyInMillis: 0 })
    .use(requestIds())
    .use(requestLog(services))
    .use(
      invocationMetrics<Event, Result>({
        recorder: services.recorder,
        emitter: readEmitter(services.environment),
        measurementOf,
      }),
    )
    .use(problems(services))
    .handler(handler) as (event: Event, context: Context) => Promise<Result>;
}

function resultOf(response: ApiResponse): Result {
  return {
    statusCode: response.status ?? 200,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...response.headers },
    body: 'json' in response ? response.json : JSON.stringify(response.value),
  };
}

const measurements = new WeakMap<Event, Measurement>();
/** Who asked; not there for a request that was refused before that was known. */
const actors = new WeakMap<Event, string>();

/** What the handler said of the invocation; of a batch that was refused whole, what its problem document says. */
function measurementOf(event: Event, error: unknown): Measurement {
  const { metrics, properties } = measurements.get(event) ?? {};
  const ids = { requestId: requestIdOf(event), actor: actors.get(event), ...properties };
  if (!(error instanceof Problem)) return { metrics, properties: ids };
  const { received, rejected } = error.options.members ?? {};
  if (typeof received !== 'number' || typeof rejected !== 'number') return { metrics, properties: ids };
  return { metrics: { RowsReceived: received, RowsRejected: rejected, RowsInserted: 0 }, properties: ids };
}

const requestIdsMade = new WeakMap<Event, string>();

/** The client's X-Request-Id where it is one that can be echoed and logged, else a new one. */
function requestIdOf(event: Event): string {
  const made = requestIdsMade.get(event);
  if (made !== undefined) return made;
  const given = event.headers?.['x-request-id'];
  const id = given !== undefined && /^[!-~]{1,128}$/.test(given) ? given : randomUUID();
  requestIdsMade.set(event, id);
  return id;
}

/** Every answer carries X-Request-Id. */
function requestIds(): ApiMiddleware {
  const add: ApiMiddleware['after'] = ({ event, response }) => {
    if (response) response.headers = { ...response.headers, 'X-Request-Id': requestIdOf(event) };
  };
  return { after: add, onError: add };
}

/** One line a request: who, route, status, milliseconds. */
function requestLog({ logger }: ApiServices): ApiMiddleware {
  const started = new WeakMap<Event, number>();
  const log: ApiMiddleware['after'] = ({ event, response }) => {
    const ms = Math.round((performance.now() - (started.get(event) ?? performance.now())) * 10) / 10;
    const { properties } = measurements.get(event) ?? {};
    logger.info('request', {
      requestId: requestIdOf(event),
      actor: actors.get(event),
      route: event.routeKey,
      status: response?.statusCode,
      ms,
      ...properties,
    });
  };
  return { before: ({ event }) => void started.set(event, performance.now()), after: log, onError: log };
}

/** Errors as RFC 9457 documents. A cause that is ours to mend is logged with its stack, and never answered. */
function problems({ logger }: ApiServices): ApiMiddleware {
  return {
    onError: (request) => {
      const { event, error } = request;
      const problem = problemOf(error);
      request.response = problemResponse(problem, {
        requestId: requestIdOf(event),
        path: event.rawPath,
        route: event.routeKey,
      });
      if ((request.response.statusCode ?? 500) >= 500)
        logger.error(problem.code, { requestId: requestIdOf(event), route: event.routeKey, ...causeOf(problem) });
    },
  };
}

function causeOf(problem: { cause?: unknown }): Record<string, unknown> {
  const { cause } = problem;
  if (!(cause instanceof Error)) return {};
  const { kind, fields } = cause as {
    kind?: string;
    fields?: { code?: string; statement?: string; constraint?: string };
  };
  if (kind === undefined) return { error: cause.name, stack: cause.stack };
  // a database's message may quote a value, so only its codes are logged
  return { kind, sqlState: fields?.code, statement: fields?.statement, constraint: fields?.constraint };
}
