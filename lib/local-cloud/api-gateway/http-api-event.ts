/**
 * Converts between HTTP and Lambda events as an API Gateway HTTP API does it with payload format 2.0. Pure functions.
 *
 * Where the developer guide is silent, this follows what others observed on the real service: the .NET Lambda Test Tool
 * (aws/aws-lambda-dotnet, checked against live APIs: rawPath and parameters decoded, rawQueryString not, the response
 * without a statusCode) and ministackorg/ministack#766 (which media types arrive as text).
 */
import { isUtf8 } from 'node:buffer';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { EventBody, FunctionEvent } from '../lambda/function-event.ts';

/**
 * A complete request as it was received. `target` is the raw request target; `rawHeaders` alternates names and values.
 */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
  readonly localPort: number;
  readonly body: Buffer;
}

/** What routing and the gateway add to the request. `requestId` is the gateway's own (`apigw-requestid`). */
export interface GatewayContext {
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly traceId: string;
  readonly timeEpochMs: number;
}

/** A response that is ready to be sent. Header names are in lower case. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** The function returned something that is not an HTTP response. The gateway responds with 500. */
export class InvalidFunctionResponse extends Error {}

const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const TEXT_MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/xml',
  'application/javascript',
]);
const DEFAULT_CONTENT_TYPE = 'application/json';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Splits a request target (`/path?query`, or a whole URL as a proxy sends it) without decoding anything. */
export function splitTarget(target: string): { rawPath: string; rawQueryString: string } {
  const [, pathAndQuery = target] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? [];
  const [beforeFragment = ''] = pathAndQuery.split('#', 1);
  const queryAt = beforeFragment.indexOf('?');
  const rawPath = queryAt < 0 ? beforeFragment : beforeFragment.slice(0, queryAt);
  return { rawPath: rawPath || '/', rawQueryString: queryAt < 0 ? '' : beforeFragment.slice(queryAt + 1) };
}

/**
 * The event of payload format 2.0. Empty fields (`cookies`, `queryStringParameters`, `pathParameters`, `body`) are
 * absent.
 *
 * The body is a string if it is text: `text/*`, JSON, XML or JavaScript, or a `+json` or `+xml` type, without a
 * Content-Encoding. Everything else is base64: NDJSON, form data, gzip, and a body without a content type. Text that is
 * not valid UTF-8 is sent as base64, too: in a string its invalid bytes would silently become U+FFFD.
 *
 * Not emulated: the real gateway is reported to cut the path at an encoded `?` (`%3F`).
 *
 * @throws URIError if the path's percent-encoding is malformed; the route matcher refuses such a path first
 */
export function toHttpApiEvent(request: ReceivedRequest, context: GatewayContext): FunctionEvent {
  const { rawPath, rawQueryString } = splitTarget(request.target);
  const { cookies, headers } = readHeaders(request, context);
  const query = rawQueryString === '' ? [] : [...new URLSearchParams(rawQueryString)];
  const domainName = (headers.host ?? 'localhost').replace(/:\d+$/, '');
  const path = rawPath.split('/').map(decodeURIComponent).join('/');
  const body = bodyOf(request.body, headers);
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: context.routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query.length > 0 && { queryStringParameters: joinRepeated(query) }),
    ...(Object.keys(context.pathParameters).length > 0 && { pathParameters: context.pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName,
      domainPrefix: domainName.split('.')[0] ?? domainName,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: withoutIpv4Prefix(request.remoteAddress),
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: context.requestId,
      routeKey: context.routeKey,
      stage: '$default',
      time: formatLogTime(context.timeEpochMs),
      timeEpoch: context.timeEpochMs,
    },
    ...(body !== undefined && { body: '' }),
    isBase64Encoded: body?.encoding === 'base64',
  };
  return { json: JSON.stringify(event), ...(body !== undefined && { body }) };
}

/**
 * The response to the client for the handler's result. Without a `statusCode` the whole payload is the body of a 200: a
 * string is sent as it is, anything else as JSON, with content type application/json.
 *
 * A structured response without a content type gets application/json, too. The authors of the .NET test tool observed
 * `text/plain; charset=utf-8` there, so functions should set their content type.
 *
 * @throws InvalidFunctionResponse for a status outside 200 to 599, a body that is not a string, or headers that HTTP
 * cannot carry
 */
export function toHttpResponse(payload: unknown): HttpResponse {
  if (!isRecord(payload) || !('statusCode' in payload)) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
  }
  const { statusCode } = payload;
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw new InvalidFunctionResponse(
      `statusCode must be an integer from 200 to 599, not ${JSON.stringify(statusCode)}`,
    );
  }
  const body = decodeBody(payload.body, payload.isBase64Encoded === true);
  const headers = readResponseHeaders(payload.headers, payload.cookies);
  if (body.length > 0) headers['content-type'] ??= DEFAULT_CONTENT_TYPE;
  return { statusCode, headers, body };
}

function readHeaders(request: ReceivedRequest, context: GatewayContext) {
  const pairs: [string, string][] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? '';
    if (!CONNECTION_HEADERS.has(name) && name !== 'content-length')
      pairs.push([name, request.rawHeaders[index + 1] ?? '']);
  }
  const cookies = pairs
    .filter(([name]) => name === 'cookie')
    .flatMap(([, value]) => value.split(/;\s*/).filter(Boolean));
  pairs.push(['x-forwarded-for', withoutIpv4Prefix(request.remoteAddress)]);
  const headers = joinRepeated(pairs.filter(([name]) => name !== 'cookie'));
  headers['content-length'] = String(request.body.length);
  headers['x-amzn-trace-id'] ??= context.traceId;
  headers['x-forwarded-port'] = String(request.localPort);
  headers['x-forwarded-proto'] = 'http';
  return { cookies, headers };
}

function joinRepeated(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(joined);
}

function bodyOf(bytes: Buffer, headers: Readonly<Record<string, string>>): EventBody | undefined {
  if (bytes.length === 0) return undefined;
  const isText = isTextMediaType(headers['content-type']) && headers['content-encoding'] === undefined && isUtf8(bytes);
  return { bytes, encoding: isText ? 'utf8' : 'base64' };
}

function isTextMediaType(contentType = ''): boolean {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return TEXT_MEDIA_TYPES.has(type) || /^text\/|^[^/]+\/[^/]+\+(json|xml)$/.test(type);
}

function decodeBody(body: unknown, isBase64Encoded: boolean): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body !== 'string') throw new InvalidFunctionResponse(`body must be a string, not ${typeof body}`);
  if (!isBase64Encoded) return Buffer.from(body);
  if (!BASE64.test(body)) throw new InvalidFunctionResponse('isBase64Encoded is true but the body is not base64');
  return Buffer.from(body, 'base64');
}

function readResponseHeaders(headers: unknown, cookies: unknown): Record<string, string | string[]> {
  const entries: [string, string | string[]][] = [];
  for (const [name, value] of Object.entries(isRecord(headers) ? headers : {})) {
    const lowerCaseName = name.toLowerCase();
    if (CONNECTION_HEADERS.has(lowerCaseName) || lowerCaseName === 'content-length') continue;
    entries.push([checkHeader(lowerCaseName, value), String(value)]);
  }
  if (Array.isArray(cookies) && cookies.length > 0) {
    for (const cookie of cookies) checkHeader('set-cookie', cookie);
    entries.push(['set-cookie', cookies.map(String)]);
  }
  return Object.fromEntries(entries);
}

function checkHeader(name: string, value: unknown): string {
  try {
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw new TypeError(`${name} has no plain value`);
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
    return name;
  } catch (cause) {
    throw new InvalidFunctionResponse(`header ${JSON.stringify(name)} cannot be sent`, { cause });
  }
}

/** As in `12/Mar/2020:19:03:58 +0000`. */
function formatLogTime(epochMs: number): string {
  const time = new Date(epochMs);
  const day = String(time.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${time.toISOString().slice(11, 19)} +0000`;
}

function withoutIpv4Prefix(address: string): string {
  return address.replace(/^::ffff:/, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
