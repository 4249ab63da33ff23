import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ExecutionEnvironments,
  type InvocationFailure,
  LAMBDA_PAYLOAD_LIMIT_BYTES,
} from './execution-environments.ts';
import { type HttpAnswer, splitTarget, toHttpAnswer, toHttpApiEvent } from './http-api-event.ts';
import { createRouteMatcher } from './route-matcher.ts';

export interface HttpRoute {
  /** `GET /v1/market-data/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
}

export interface HttpApi {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface HttpApiOptions {
  readonly routes: readonly HttpRoute[];
  readonly environments: ExecutionEnvironments;
  /** 0 lets one be picked. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Gets a line for each answer of 500 or more that the gateway made, with the reason the client is not told. */
  readonly print: (line: string) => void;
  /** How long a client waits for the function, its place in the queue included. Default 30 s, the most an HTTP API has. */
  readonly integrationTimeoutMs?: number;
  /** How long `stop()` waits for the requests under way. Default 10 s. */
  readonly stopTimeoutMs?: number;
}

/** HTTP API quota: payload 10 MB. */
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
/** HTTP API quota: request line and headers 10,240 bytes together. */
const HEADERS_LIMIT_BYTES = 10_240;
const INTEGRATION_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
/** How long the rest of a refused upload is read and thrown away, so that the client sees the answer and no reset. */
const LINGER_MS = 1_000;
const CLIENT_REQUEST_ID = /^[\x21-\x7e]{1,255}$/;

type Category = 'validation' | 'overload' | 'system';

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly category: Category;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PROBLEMS = {
  malformedPath: {
    status: 400,
    code: 'malformed_path',
    category: 'validation',
    detail: 'The path is not valid percent-encoded UTF-8.',
  },
  malformedRequest: {
    status: 400,
    code: 'malformed_request',
    category: 'validation',
    detail: 'This is not an HTTP/1.1 request.',
  },
  notFound: {
    status: 404,
    code: 'not_found',
    category: 'validation',
    detail: 'No route matches the method and the path.',
  },
  slowRequest: {
    status: 408,
    code: 'request_timeout',
    category: 'validation',
    detail: 'The request did not arrive in time.',
  },
  bodyTooLarge: tooLarge(`The body exceeds the limit of ${BODY_LIMIT_BYTES} bytes.`),
  eventTooLarge: tooLarge(
    `The request, as the function would receive it, exceeds the limit of ${LAMBDA_PAYLOAD_LIMIT_BYTES} bytes; ` +
      'bodies that are not text count in base64, four thirds of their size.',
  ),
  headersTooLarge: {
    status: 431,
    code: 'headers_too_large',
    category: 'validation',
    detail: `The request line and the headers exceed the limit of ${HEADERS_LIMIT_BYTES} bytes.`,
  },
  functionError: {
    status: 500,
    code: 'function_error',
    category: 'system',
    detail: 'The function failed; its log says why.',
  },
  tooManyRequests: {
    status: 503,
    code: 'too_many_requests',
    category: 'overload',
    detail: 'No execution environment became free in time.',
    headers: { 'retry-after': '1' },
  },
  functionTimeout: { status: 504, code: 'function_timeout', category: 'system', detail: 'The function took too long.' },
} as const satisfies Record<string, Problem>;

/**
 * Serves functions over HTTP/1.1 as an API Gateway HTTP API with Lambda proxy integrations (payload format 2.0) would. The
 * request is read whole before an execution environment is taken, so a slow upload holds none.
 *
 * What the gateway itself answers is a problem document (RFC 9457) with X-Request-Id, like the functions' own errors; the
 * real one answers `{"message": ...}`:
 *
 * | here | when | the real gateway |
 * |---|---|---|
 * | 404 `not_found` | no route, or not with this method | 404 `Not Found` |
 * | 413 `body_too_large` | body over 10 MB | 413 `Request Entity Too Large` |
 * | 413 `body_too_large` | event over Lambda's 6 MB | 413 `Request Too Long` |
 * | 500 `function_error` | threw, crashed, or answered nonsense or over 6 MB | 500 `Internal Server Error` |
 * | 503 `too_many_requests` | no place within the concurrency | 503 `Service Unavailable`, at once: Lambda throttles |
 * | 504 `function_timeout` | the function's own timeout | 500 `Internal Server Error` |
 * | 504 `function_timeout` | the integration timeout; the function runs on | 503 `Service Unavailable` |
 *
 * AWS documents the 404 and the 500s ("Routing API requests", "Troubleshooting issues with HTTP API Lambda integrations");
 * the rest of the right column is what users report, not checked against a live API. For the integration timeout AWS's
 * knowledge centre says 504.
 *
 * `stop()` takes no more connections, lets the requests under way finish for up to `stopTimeoutMs`, then closes and stops
 * the execution environments.
 *
 * @throws Error when the port is taken, or a route is malformed, doubled, or names a function that is not defined
 */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const { environments, host = '127.0.0.1' } = options;
  const undefinedRoute = options.routes.find(({ functionName }) => !environments.functionNames.includes(functionName));
  if (undefinedRoute) {
    throw new Error(`"${undefinedRoute.routeKey}" leads to "${undefinedRoute.functionName}", which is not defined`);
  }
  const gateway = new Gateway(options);
  const server = createServer({
    maxHeaderSize: HEADERS_LIMIT_BYTES,
    headersTimeout: 15_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 5_000,
  });
  server.on('request', (request, response) => gateway.accept(request, response));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!declaresTooMuch(request)) response.writeContinue();
    gateway.accept(request, response);
  });
  server.on('clientError', refuseUnreadable);
  const port = await listen(server, options.port, host);

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await gateway.drain(options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    server.closeAllConnections();
    await closed;
    await environments.stop();
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

class Gateway {
  readonly #options: HttpApiOptions;
  readonly #matchRoute: ReturnType<typeof createRouteMatcher<HttpRoute>>;
  readonly #underWay = new Set<Promise<void>>();
  #isStopping = false;

  constructor(options: HttpApiOptions) {
    this.#options = options;
    this.#matchRoute = createRouteMatcher(options.routes);
  }

  accept(request: IncomingMessage, response: ServerResponse): void {
    const exchange = this.#serve(request, response)
      .catch((error: unknown) => {
        this.#options.print(`The local gateway failed: ${error instanceof Error ? error.stack : error}`);
        response.destroy();
      })
      .finally(() => this.#underWay.delete(exchange));
    this.#underWay.add(exchange);
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    const timeout = new AbortController();
    const expired = delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#underWay), expired]);
    timeout.abort();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The socket may end at any time; whoever writes to it then must not bring the server down.
    response.on('error', () => {});
    const gatewayRequestId = randomBytes(11).toString('base64');
    const body = await readBody(request);
    if (body === 'aborted') return;
    const answer =
      body === 'too-large'
        ? this.#refuse(request, PROBLEMS.bodyTooLarge)
        : await this.#answer(request, body, gatewayRequestId);
    const headers = { ...answer.headers, 'apigw-requestid': gatewayRequestId };
    await writeAnswer(request, response, { ...answer, headers }, this.#isStopping || body === 'too-large');
  }

  async #answer(request: IncomingMessage, body: Buffer, requestId: string): Promise<HttpAnswer> {
    const { method = 'GET', url: target = '/' } = request;
    const match = this.#matchRoute(method, splitTarget(target).rawPath);
    if (match.kind === 'malformed') return this.#refuse(request, PROBLEMS.malformedPath);
    if (match.kind === 'none') return this.#refuse(request, PROBLEMS.notFound);
    const { routeKey, functionName } = match.route;
    const { httpVersion, rawHeaders } = request;
    const { remoteAddress = '', localPort = 0 } = request.socket;
    const timeEpochMs = Date.now();
    const traceId = `Root=1-${Math.floor(timeEpochMs / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
    const event = JSON.stringify(
      toHttpApiEvent(
        { method, target, httpVersion, rawHeaders, remoteAddress, localPort, body },
        { routeKey, pathParameters: match.pathParameters, requestId, traceId, timeEpochMs },
      ),
    );
    if (Buffer.byteLength(event) > LAMBDA_PAYLOAD_LIMIT_BYTES) return this.#refuse(request, PROBLEMS.eventTooLarge);
    return this.#invoke(request, match.route, functionName, event);
  }

  async #invoke(request: IncomingMessage, route: HttpRoute, functionName: string, event: string): Promise<HttpAnswer> {
    const fail = (problem: Problem, reason: string) => this.#refuse(request, problem, { route, reason });
    const result = await this.#invokeInTime(functionName, event);
    if (result === 'integration-timeout')
      return fail(PROBLEMS.functionTimeout, 'no answer within the integration timeout');
    if (!result.ok) return fail(problemOf(result), `${result.reason}: ${result.error?.errorMessage ?? ''}`);
    try {
      return toHttpAnswer(result.payload);
    } catch (error) {
      return fail(PROBLEMS.functionError, error instanceof Error ? error.message : String(error));
    }
  }

  async #invokeInTime(functionName: string, event: string) {
    const timeout = new AbortController();
    const expired = new Promise<'integration-timeout'>((resolve) => {
      timeout.signal.addEventListener('abort', () => resolve('integration-timeout'), { once: true });
    });
    const timer = setTimeout(() => timeout.abort(), this.#options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS);
    const invoked = this.#options.environments.invokeSerialized(functionName, event, { signal: timeout.signal });
    return Promise.race([expired, invoked]).finally(() => clearTimeout(timer));
  }

  #refuse(request: IncomingMessage, problem: Problem, failed?: { route: HttpRoute; reason: string }): HttpAnswer {
    const clientRequestId = String(request.headers['x-request-id'] ?? '');
    const requestId = CLIENT_REQUEST_ID.test(clientRequestId) ? clientRequestId : randomUUID();
    const { rawPath } = splitTarget(request.url ?? '/');
    if (!failed) return problemAnswer(problem, requestId, rawPath);
    const { routeKey, functionName } = failed.route;
    this.#options.print(
      `${routeKey} answered ${problem.status}: ${functionName} ${failed.reason} (request ${requestId})`,
    );
    // The path with its variables' names, for a 5xx repeats no value of the request.
    return problemAnswer(problem, requestId, routeKey.split(' ')[1] ?? '/');
  }
}

function tooLarge(detail: string): Problem {
  return { status: 413, code: 'body_too_large', category: 'validation', detail };
}

function problemOf({ reason }: InvocationFailure): Problem {
  if (reason === 'timeout') return PROBLEMS.functionTimeout;
  return reason === 'queue-timeout' ? PROBLEMS.tooManyRequests : PROBLEMS.functionError;
}

function problemAnswer(problem: Problem, requestId: string, path: string): HttpAnswer {
  const { status, code, category, detail } = problem;
  const instance = encodeURI(path.toWellFormed()).replace(/%25([0-9a-f]{2})/gi, '%$1');
  const title = STATUS_CODES[status];
  const document = { type: 'about:blank', title, status, detail, instance, code, category, requestId, errors: [] };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': requestId, ...problem.headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}

function declaresTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length']) > BODY_LIMIT_BYTES;
}

function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'aborted'> {
  if (declaresTooMuch(request)) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_LIMIT_BYTES) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve('too-large');
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
  });
}

/** Resolves when the answer is on its way or the client is gone. With `close` the connection ends after it. */
async function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { statusCode, headers, body }: HttpAnswer,
  close: boolean,
): Promise<void> {
  const hasBody = statusCode !== 204 && statusCode !== 304;
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (hasBody) response.setHeader('content-length', body.length);
  if (close) response.setHeader('connection', 'close');
  const sent = hasBody ? body : Buffer.alloc(0);
  if (!request.complete) {
    // Ending a response with `connection: close` closes the socket, and what is unread in it would turn that into a reset.
    response.write(sent);
    await discardRest(request);
  }
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    if (request.complete) response.end(sent, resolve);
    else response.end(resolve);
    if (response.destroyed) resolve();
  });
}

async function discardRest(request: IncomingMessage): Promise<void> {
  request.resume();
  const done = new AbortController();
  request.once('close', () => done.abort());
  request.once('end', () => done.abort());
  await delay(LINGER_MS, undefined, { signal: done.signal }).catch(() => {});
}

/** Answers what never became a request: the parser gave up on it, or it came too slowly. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? PROBLEMS.headersTooLarge
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? PROBLEMS.slowRequest
        : PROBLEMS.malformedRequest;
  const { headers, body } = problemAnswer(problem, randomUUID(), '/');
  const lines = Object.entries({ ...headers, 'content-length': body.length, connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head}\r\n${body}`);
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      const message = `Port ${port} is taken: set PORT to another, or PORT=0 to let one be picked.`;
      reject(isTaken ? new Error(message, { cause }) : cause);
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
