import { createHash, randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import type { BatchBody } from '../contract/batches.ts';
import { checkValue } from '../contract/check-value.ts';
import { parseJson } from '../contract/json.ts';
import { type Preconditions, readEntityTags } from '../contract/preconditions.ts';
import { Problem } from '../contract/problem.ts';
import type { RouteRequest } from '../contract/route.ts';
import { generatedKey } from '../ledger/sql/keyed-request.ts';
import type { Logger } from '../runtime/logger.ts';
import { prefersCsv } from './accepts.ts';
import type { ApiRequest } from './api-request.ts';
import { keyScopeOf } from './identify-caller.ts';
import { batchMediaTypeOf, checkMediaType } from './media-type.ts';
import { withPosition } from './page-cursor.ts';
import { readBody } from './read-body.ts';
import type { ApiMiddleware, RequestState } from './request-state.ts';
import type { ResolvedRoute } from './resolve-route.ts';

type ParsedRoute = ResolvedRoute & RouteRequest;

/** Replaces the event with a request that is checked against its route. */
export function parseRequest(logger: Logger): ApiMiddleware {
  return {
    before: (request) => {
      const { route, actor } = request.internal as Required<RequestState>;
      const event = request.event as APIGatewayProxyEventV2;
      request.event = withPosition(checkedRequest(event, request.context, route, actor, logger));
    },
  };
}

/** @throws Problem for whatever is wrong with the request */
function checkedRequest(
  event: APIGatewayProxyEventV2,
  context: Context,
  route: ParsedRoute,
  actor: string,
  logger: Logger,
): ApiRequest {
  const params = check(route.params, event.pathParameters ?? {});
  const query = check(route.query, event.queryStringParameters ?? {});
  const invocationId = randomUUID();
  refuseAbsentHeader(event, query);
  const body = route.body ? readPayload(event, route.body) : undefined;
  const clientKey = idempotencyKeyOf(event, route);
  return {
    name: route.name,
    params,
    query,
    body: body?.value as never,
    actor,
    keyScope: keyScopeOf(actor),
    idempotencyKey: clientKey ?? generatedKey(invocationId),
    payloadHash: body && clientKey !== undefined ? hashOf(event, body.text) : NO_HASH,
    invocationId,
    preconditions: preconditionsOf(event, route),
    csvFields: route.csv && prefersCsv(event.headers['accept']) ? route.csv : undefined,
    options: { deadline: Date.now() + context.getRemainingTimeInMillis(), idempotent: true },
    logger,
  };
}

function readPayload(
  event: APIGatewayProxyEventV2,
  body: NonNullable<RouteRequest['body']>,
): { text: string; value: unknown } {
  const mediaType = checkMediaType(event, 'records' in body);
  const text = readBody(event);
  if ('json' in body) return { text, value: check(body.json, parseJson(text)) };
  return { text, value: { text, mediaType } satisfies BatchBody };
}

/**
 * The request's preconditions, if the route has a state. A write that cannot check them refuses the request, because it
 * might change what the client wanted to protect.
 * @throws Problem invalid_request
 */
function preconditionsOf({ headers }: APIGatewayProxyEventV2, route: ParsedRoute): Preconditions {
  const [ifMatch, ifNoneMatch] = [headers['if-match'], headers['if-none-match']];
  const isWrite = route.method === 'PUT' || route.method === 'PATCH';
  if (!route.conditional) {
    const given = ifMatch === undefined ? (ifNoneMatch === undefined ? undefined : 'If-None-Match') : 'If-Match';
    if (isWrite && given !== undefined)
      throw refusedHeader(given, 'holds for one at a time: send it with a PUT of each');
    return { ifMatch: undefined, ifNoneMatch: undefined };
  }
  const preconditions = {
    ifMatch: readEntityTags('If-Match', ifMatch),
    ifNoneMatch: readEntityTags('If-None-Match', ifNoneMatch),
  };
  if (isWrite && preconditions.ifNoneMatch !== undefined && preconditions.ifNoneMatch !== '*')
    throw refusedHeader('If-None-Match', 'must be * on a write, which then only creates');
  return preconditions;
}

const refusedHeader = (path: string, message: string): Problem =>
  new Problem('invalid_request', `${path} ${message}`, { errors: [{ path, code: 'invalid_header', message }] });

/** Refuses RFC 4180's parameter `header=absent`, for which this API has a query parameter. */
function refuseAbsentHeader(event: APIGatewayProxyEventV2, query: object): void {
  const isAbsent = /;\s*header\s*=\s*"?absent/i.test(event.headers['content-type'] ?? '');
  if (!isAbsent || !('header' in query) || query.header === false) return;
  const message =
    'Content-Type says header=absent: send the query parameter header=false, and columns with the fields in order';
  throw new Problem('invalid_request', message, { errors: [{ path: 'header', code: 'required', message }] });
}

/** 1 to 255 visible ASCII characters. Generated keys contain a space, so no client's key can equal one. */
function idempotencyKeyOf(event: APIGatewayProxyEventV2, route: RouteRequest): string | undefined {
  const key = event.headers['idempotency-key'];
  if (key === undefined || !route.idempotent) return undefined;
  if (/^[!-~]{1,255}$/.test(key)) return key;
  const error = {
    path: 'Idempotency-Key',
    code: 'invalid_format',
    message: 'must be 1 to 255 visible ASCII characters',
  };
  throw new Problem('invalid_request', `Idempotency-Key ${error.message}`, { errors: [error] });
}

/** No other request has a generated key, so there is nothing to compare. Hashing 10,000 records takes a millisecond. */
const NO_HASH = new Uint8Array();

function hashOf(event: APIGatewayProxyEventV2, text: string): Uint8Array {
  const query = Object.entries(event.queryStringParameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const head = JSON.stringify([event.requestContext.http.method, event.rawPath, query, batchMediaTypeOf(event)]);
  return createHash('sha256').update(head).update('\n').update(text).digest();
}

/** @throws Problem invalid_request */
function check<S extends z.ZodMiniType>(schema: S, value: unknown): z.output<S> {
  const checked = checkValue(schema, value);
  if ('value' in checked) return checked.value;
  const [first] = checked.errors;
  const detail = first === undefined ? 'the request is not valid' : `${first.path || 'the body'}: ${first.message}`;
  throw new Problem('invalid_request', detail, { errors: checked.errors });
}
