import { randomUUID } from 'node:crypto';
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { Problem } from '../contract/problem.ts';
import { type FunctionName, type Route, type RouteName, routeKey, routes } from '../contract/routes.ts';
import type { CallRecorder } from '../metrics/call-recorder.ts';
import { emitterOf, invocationMetrics, type Measurement } from '../metrics/invocation-metrics.ts';
import type { Environment } from '../runtime/environment.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Answer, Call, Handlers } from './call.ts';
import { actorOf } from './identity.ts';
import { parseRequest } from './parse-request.ts';
import { problemResponse, toProblem } from './problem-response.ts';
import { isMistaken, unmatched } from './unmatched.ts';

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

/** Routes by API Gateway's own key. */
const byKey = new Map(
  Object.entries(routes).map(([name, route]) => [routeKey(route), { name: name as RouteName, route: route as Route }]),
);

/**
 * A Lambda handler for the routes of one function, behind an API Gateway HTTP API (payload 2.0): names the request,
 * answers errors as problem documents, logs, parses, and hands a checked call to the route's handler.
 */
export function api<F extends FunctionName>(
  services: ApiServices,
  handlers: Handlers<F>,
): (event: Event, context: Context) => Promise<Result> {
  const handler = async (event: Event, context: Context): Promise<Result> => {
    const found = byKey.get(event.routeKey);
    const handle = found && (handlers as unknown as Record<string, (call: Call) => Promise<Answer>>)[found.name];
    if (!found || !handle || isMistaken(found.route, event.rawPath)) throw unmatched(event.rawPath);
    const actor = actorOf(event, services.environment.ANONYMOUS_ACTOR);
    actors.set(event, actor);
    const logger = services.logger.with({ requestId: requestIdOf(event), route: event.routeKey });
    const answer = await handle(parseRequest(event, found.route, { actor, context, logger }));
    if (answer.measurement) measurements.set(event, answer.measurement);
    return answerOf(answer);
  };
  return middy<Event, Result, Error, Context>({ timeoutEarlyInMillis: 0 })
    .use(requestIds())
    .use(requestLog(services))
    .use(
      invocationMetrics<Event, Result>({
        recorder: services.recorder,
        emitter: emitterOf(services.environment),
        measurementOf,
      }),
    )
    .use(problems(services))
    .handler(handler) as (event: Event, context: Context) => Promise<Result>;
}

function answerOf(answer: Answer): Result {
  return {
    statusCode: answer.status ?? 200,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...answer.headers },
    body: 'json' in answer ? answer.json : JSON.stringify(answer.value),
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
      const problem = toProblem(error);
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
