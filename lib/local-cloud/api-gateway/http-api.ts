import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { ExecutionEnvironments } from '../lambda/execution-environments.ts';
import {
  type DescribeFault,
  describeAsGateway,
  faultOf,
  faultResponse,
  GATEWAY_FAULTS,
  type GatewayFault,
  HEADERS_LIMIT_BYTES,
} from './gateway-faults.ts';
import { type HttpAnswer, splitTarget, toHttpAnswer, toHttpApiEvent } from './http-api-event.ts';
import { declaresTooMuch, readBody, refuseUnreadable, writeAnswer } from './http-exchange.ts';
import { createRouteMatcher } from './route-matcher.ts';

export interface HttpRoute {
  /** `GET /v1/market-data/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
  /** In place of the API's `integrationTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** One request that a route answered, or the gateway in its place, as the API's own metrics count it. */
export interface ExchangeRecord {
  /** When the answer was on its way. Epoch milliseconds. */
  readonly at: number;
  readonly status: number;
  /** From the whole request to the answer. */
  readonly latencyMs: number;
  /** Of that, what the function took; null where none was asked. */
  readonly integrationLatencyMs: number | null;
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
  /** The body of what the gateway responds itself. Default: `{"message": …}`, as the real one. */
  readonly describeFault?: DescribeFault;
  /** Called for each request. */
  readonly onExchange?: (record: ExchangeRecord) => void;
  /**
   * What else is served at the port. It has answered when it returns true; nothing it answers counts as the API's.
   */
  readonly beside?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** How long `stop()` waits for the requests under way. Default 10 s. */
  readonly stopTimeoutMs?: number;
}

const INTEGRATION_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const CLIENT_REQUEST_ID = /^[\x21-\x7e]{1,255}$/;

/**
 * Serves functions over HTTP/1.1 as an API Gateway HTTP API with Lambda proxy integrations (payload format 2.0) would. The
 * request is read whole before an execution environment is taken, so a slow upload holds none.
 *
 * What the gateway itself responds has an X-Request-Id, and a body by `describeFault`:
 *
 * | here | when | the real gateway |
 * |---|---|---|
 * | 404 | no route, or not with this method | 404 `Not Found` |
 * | 413 | body over 10 MB | 413 `Request Entity Too Large` |
 * | 413 | event over Lambda's 6 MB | 413 `Request Too Long` |
 * | 500 | threw, crashed, or returned nonsense or over 6 MB | 500 `Internal Server Error` |
 * | 429 | over the reserved concurrency: Lambda throttles | 503 `Service Unavailable` |
 * | 429 | this machine has no process free in time | starts one more |
 * | 504 | the function's own timeout | 500 `Internal Server Error` |
 * | 504 | the integration timeout; the function runs on | 503 `Service Unavailable` |
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
  const { beside = () => false } = options;
  server.on('request', (request, response) => {
    if (!beside(request, response)) gateway.accept(request, response);
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!declaresTooMuch(request)) response.writeContinue();
    if (!beside(request, response)) gateway.accept(request, response);
  });
  const { describeFault = describeAsGateway } = options;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseUnreadable(error, socket, describeFault));
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
  readonly #describe: DescribeFault;
  #isStopping = false;

  constructor(options: HttpApiOptions) {
    this.#options = options;
    this.#describe = options.describeFault ?? describeAsGateway;
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
    const began = performance.now();
    const taken: { integrationLatencyMs: number | null } = { integrationLatencyMs: null };
    const answer =
      body === 'too-large'
        ? this.#refuse(request, GATEWAY_FAULTS.bodyTooLarge)
        : await this.#answer(request, body, gatewayRequestId, taken);
    const latencyMs = performance.now() - began;
    this.#options.onExchange?.({ at: Date.now(), status: answer.statusCode, latencyMs, ...taken });
    const headers = { ...answer.headers, 'apigw-requestid': gatewayRequestId };
    await writeAnswer(request, response, { ...answer, headers }, this.#isStopping || body === 'too-large');
  }

  async #answer(
    request: IncomingMessage,
    body: Buffer,
    requestId: string,
    taken: { integrationLatencyMs: number | null },
  ): Promise<HttpAnswer> {
    const { method = 'GET', url: target = '/' } = request;
    const match = this.#matchRoute(method, splitTarget(target).rawPath);
    if (match.kind === 'malformed') return this.#refuse(request, GATEWAY_FAULTS.malformedPath);
    if (match.kind === 'none') return this.#refuse(request, GATEWAY_FAULTS.notFound);
    const { routeKey } = match.route;
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
    if (Buffer.byteLength(event) > LAMBDA_PAYLOAD_LIMIT_BYTES)
      return this.#refuse(request, GATEWAY_FAULTS.eventTooLarge);
    const began = performance.now();
    const answer = await this.#invoke(request, match.route, event);
    taken.integrationLatencyMs = performance.now() - began;
    return answer;
  }

  async #invoke(request: IncomingMessage, route: HttpRoute, event: string): Promise<HttpAnswer> {
    const fail = (fault: GatewayFault, reason: string) => this.#refuse(request, fault, { route, reason });
    const result = await this.#invokeInTime(route, event);
    if (result === 'integration-timeout')
      return fail(GATEWAY_FAULTS.functionTimeout, 'no answer within the integration timeout');
    if (!result.ok) return fail(faultOf(result), `${result.reason}: ${result.error?.errorMessage ?? ''}`);
    try {
      return toHttpAnswer(result.payload);
    } catch (error) {
      return fail(GATEWAY_FAULTS.functionError, error instanceof Error ? error.message : String(error));
    }
  }

  async #invokeInTime({ functionName, timeoutMs }: HttpRoute, event: string) {
    const timeout = new AbortController();
    const expired = new Promise<'integration-timeout'>((resolve) => {
      timeout.signal.addEventListener('abort', () => resolve('integration-timeout'), { once: true });
    });
    const limitMs = timeoutMs ?? this.#options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS;
    const timer = setTimeout(() => timeout.abort(), limitMs);
    const invoked = this.#options.environments.invokeSerialized(functionName, event, { signal: timeout.signal });
    return Promise.race([expired, invoked]).finally(() => clearTimeout(timer));
  }

  #refuse(request: IncomingMessage, fault: GatewayFault, failed?: { route: HttpRoute; reason: string }): HttpAnswer {
    const clientRequestId = String(request.headers['x-request-id'] ?? '');
    const requestId = CLIENT_REQUEST_ID.test(clientRequestId) ? clientRequestId : randomUUID();
    const { rawPath } = splitTarget(request.url ?? '/');
    if (!failed) return faultResponse(fault, requestId, rawPath, this.#describe);
    const { routeKey, functionName } = failed.route;
    this.#options.print(
      `${routeKey} answered ${fault.status}: ${functionName} ${failed.reason} (request ${requestId})`,
    );
    // The path with its variables' names, for a 5xx repeats no value of the request.
    return faultResponse(fault, requestId, routeKey.split(' ')[1] ?? '/', this.#describe);
  }
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
