import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { CallRecorder } from '../metrics/call-recorder.ts';
import { createLogger } from '../runtime/logger.ts';
import type { ApiServices, apiHandler } from './api-handler.ts';

/** A made-up request. */
export interface Rehearsal {
  readonly method: string;
  /** Of a route without parameters. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body: unknown;
}

/**
 * Handles a made-up request while a function initialises, without a log line or a metric. V8 compiles a function when
 * it first runs, so the first request would take several times as long as the next. docs/performance.md, Cold start,
 * has what this saves.
 * @param handlerOf makes a handler like the function's own, but whose use case changes nothing
 */
export async function rehearseRequest(
  { environment, logger }: ApiServices,
  handlerOf: (services: ApiServices) => ReturnType<typeof apiHandler>,
  rehearsal: Rehearsal,
): Promise<void> {
  const handler = handlerOf({
    environment: { ...environment, ANONYMOUS_ACTOR: 'rehearsal' },
    logger: createLogger(ignore, environment.SERVICE_NAME),
    recorder: new CallRecorder(),
    writeMetrics: ignore,
  });
  const { statusCode } = await handler(eventOf(rehearsal), CONTEXT);
  if (statusCode !== 200) logger.warn('a rehearsed request failed', { path: rehearsal.path, status: statusCode });
}

const ignore = () => undefined;

/** The part of Lambda's context that the middlewares read. */
const CONTEXT = { getRemainingTimeInMillis: () => 10_000 } as Context;

/** The event as API Gateway sends it, with the parts that are read. */
function eventOf({ method, path, body }: Rehearsal): APIGatewayProxyEventV2 {
  const event = {
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method, path } },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
  return event as unknown as APIGatewayProxyEventV2;
}
