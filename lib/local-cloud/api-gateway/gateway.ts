import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type InvocationFailure, LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { ExecutionEnvironments } from '../lambda/execution-environments.ts';
import { eventBytes, type FunctionEvent } from '../lambda/function-event.ts';
import { type SparingLines, sparingLines } from '../machine/sparing-lines.ts';
import {
  bodyTooLarge,
  type DescribeFault,
  describeAsGateway,
  eventTooLarge,
  faultOf,
  faultResponse,
  GATEWAY_FAULTS,
  type GatewayFault,
} from './gateway-faults.ts';
import { type HttpResponse, splitTarget, toHttpApiEvent, toHttpResponse } from './http-api-event.ts';
import { discardBody, readBody, writeResponse } from './http-exchange.ts';
import { RefusalPacer } from './refusal-pacer.ts';
import { createRouteMatcher, type RouteMatch } from './route-matcher.ts';

export interface HttpRoute {
  /** `GET /v1/market-data/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
  /** In place of the API's `integrationTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** One request with the response of a route, or of the gateway in its place, as the API's own metrics count it. */
export interface ExchangeRecord {
  /** When the response was sent. Epoch milliseconds. */
  readonly at: number;
  readonly status: number;
  /** From the complete request to the response. */
  readonly latencyMs: number;
  /** Of that, what the function took; null where none was asked. */
  readonly integrationLatencyMs: number | null;
}

export interface GatewayOptions {
  readonly routes: readonly HttpRoute[];
  readonly environments: ExecutionEnvironments;
  /** Gets a line for each response of 429 or of 500 or more that the gateway made, with the reason; many become a count. */
  readonly print: (line: string) => void;
  /** How long a client waits for the function, its place in the queue included. Default 30 s, the most an HTTP API has. */
  readonly integrationTimeoutMs?: number;
  /** The body of what the gateway responds itself. Default: `{"message": …}`, as the real one. */
  readonly describeFault?: DescribeFault;
  /** Called for each request. */
  readonly onExchange?: (record: ExchangeRecord) => void;
}

const INTEGRATION_TIMEOUT_MS = 30_000;
const CLIENT_REQUEST_ID = /^[\x21-\x7e]{1,255}$/;
/** Failures of one kind are printed once in this time, then counted. */
const QUIET_MS = 1_000;

interface Exchange {
  readonly answer: HttpResponse;
  /** What the function took; null where it was not invoked. */
  readonly integrationLatencyMs: number | null;
}

/** Hands requests to functions, and their results back: the part of an HTTP API that knows no sockets. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #matchRoute: ReturnType<typeof createRouteMatcher<HttpRoute>>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting = new WeakSet<ServerResponse>();
  readonly #describe: DescribeFault;
  readonly #failures: SparingLines;
  readonly #pacer = new RefusalPacer();
  #isStopping = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#describe = options.describeFault ?? describeAsGateway;
    this.#failures = sparingLines(options.print, QUIET_MS);
    this.#matchRoute = createRouteMatcher(options.routes);
  }

  accept(request: IncomingMessage, response: ServerResponse): void {
    this.#track(this.#serve(request, response), response);
  }

  /** Responds to a request that goes to no function. @param close whether the connection ends after it */
  refuse(request: IncomingMessage, response: ServerResponse, fault: GatewayFault, close = false): void {
    const answer = this.#refuse(request, fault);
    this.#track(this.#respond(request, response, { answer }, performance.now(), close), response);
  }

  /** Whether the request of this response waits for a process of its function. */
  isWaiting(response: ServerResponse): boolean {
    return this.#waiting.has(response);
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    const timeout = new AbortController();
    const expired = delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#underWay), expired]);
    timeout.abort();
  }

  #track(serving: Promise<void>, response: ServerResponse): void {
    const exchange = serving
      .catch((error: unknown) => {
        this.#options.print(`The local gateway failed: ${error instanceof Error ? error.stack : error}`);
        response.destroy();
      })
      .finally(() => this.#underWay.delete(exchange));
    this.#underWay.add(exchange);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/' } = request;
    const match = this.#matchRoute(method, splitTarget(target).rawPath);
    // Refused before its body is kept: thousands of refusals per second must not take memory from what was accepted.
    const throttled =
      match.kind === 'matched' ? this.#options.environments.throttled(match.route.functionName) : undefined;
    if (match.kind === 'matched' && throttled !== undefined) {
      if ((await discardBody(request)) === 'aborted') return;
      const began = performance.now();
      const answer = this.#refuseInvocation(request, match.route, throttled);
      await this.#respond(request, response, { answer }, began);
      return;
    }
    const body = await readBody(request);
    if (body === 'aborted') return;
    const began = performance.now();
    const exchange =
      body === 'too-large'
        ? {
            answer: this.#refuse(request, bodyTooLarge({ bytes: declaredBytes(request), isPacked: isPacked(request) })),
          }
        : await this.#answer({ request, response, body }, match);
    if (exchange === 'client-gone') return;
    await this.#respond(request, response, exchange, began, body === 'too-large');
  }

  async #respond(
    request: IncomingMessage,
    response: ServerResponse,
    { answer, integrationLatencyMs = null }: Partial<Exchange> & Pick<Exchange, 'answer'>,
    began = performance.now(),
    close = false,
  ): Promise<void> {
    // The socket may end at any time; whoever writes to it then must not bring the server down.
    response.on('error', () => {});
    const latencyMs = performance.now() - began;
    this.#options.onExchange?.({ at: Date.now(), status: answer.statusCode, latencyMs, integrationLatencyMs });
    if (answer.statusCode === GATEWAY_FAULTS.tooManyRequests.status) await this.#pace();
    await writeResponse(request, response, answer, this.#isStopping || close);
  }

  async #pace(): Promise<void> {
    const delayMs = this.#isStopping ? 0 : this.#pacer.delayMs();
    if (delayMs > 0) await delay(delayMs);
  }

  async #answer(
    { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: Buffer },
    match: RouteMatch<HttpRoute>,
  ): Promise<Exchange | 'client-gone'> {
    const refused = (fault: GatewayFault) => ({ answer: this.#refuse(request, fault), integrationLatencyMs: null });
    if (match.kind === 'malformed') return refused(GATEWAY_FAULTS.malformedPath);
    if (match.kind === 'none') return refused(GATEWAY_FAULTS.notFound);
    const requestId = randomBytes(11).toString('base64');
    const event = eventOf(request, body, match, requestId);
    const bytes = eventBytes(event, LAMBDA_PAYLOAD_LIMIT_BYTES);
    if (bytes > LAMBDA_PAYLOAD_LIMIT_BYTES) return refused(eventTooLarge({ bytes, isPacked: isPacked(request) }));
    const began = performance.now();
    const answer = await this.#invoke(request, response, match.route, event);
    if (answer === 'client-gone') return answer;
    const integrationLatencyMs = performance.now() - began;
    return {
      answer: { ...answer, headers: { ...answer.headers, 'apigw-requestid': requestId } },
      integrationLatencyMs,
    };
  }

  /** `client-gone` where the client has hung up before a process was free: nothing was done for it. */
  async #invoke(
    request: IncomingMessage,
    response: ServerResponse,
    route: HttpRoute,
    event: FunctionEvent,
  ): Promise<HttpResponse | 'client-gone'> {
    const fail = (fault: GatewayFault, reason: string) => this.#refuse(request, fault, { route, reason });
    const result = await this.#invokeInTime(route, event, response);
    if (result === 'integration-timeout')
      return fail(GATEWAY_FAULTS.functionTimeout, 'no response within the integration timeout');
    if (!result.ok)
      return result.reason === 'abandoned' ? 'client-gone' : this.#refuseInvocation(request, route, result);
    try {
      return toHttpResponse(result.payload);
    } catch (error) {
      return fail(GATEWAY_FAULTS.functionError, error instanceof Error ? error.message : String(error));
    }
  }

  async #invokeInTime({ functionName, timeoutMs }: HttpRoute, event: FunctionEvent, response: ServerResponse) {
    const limitMs = timeoutMs ?? this.#options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS;
    const waiting = new AbortController();
    const giveUp = () => waiting.abort();
    if (response.destroyed) giveUp();
    else response.once('close', giveUp);
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<'integration-timeout'>((resolve) => {
      timer = setTimeout(() => {
        resolve('integration-timeout');
        giveUp();
      }, limitMs);
    });
    const { signal } = waiting;
    const onStart = () => void this.#waiting.delete(response);
    this.#waiting.add(response);
    const invoked = this.#options.environments.invokeSerialized(functionName, event, { signal, onStart });
    return Promise.race([expired, invoked]).finally(() => {
      onStart();
      clearTimeout(timer);
      response.removeListener('close', giveUp);
    });
  }

  #refuseInvocation(request: IncomingMessage, route: HttpRoute, failure: InvocationFailure): HttpResponse {
    const reason = `${failure.reason}: ${failure.error?.errorMessage ?? ''}`;
    return this.#refuse(request, faultOf(failure), { route, reason });
  }

  #refuse(request: IncomingMessage, fault: GatewayFault, failed?: { route: HttpRoute; reason: string }): HttpResponse {
    const clientRequestId = String(request.headers['x-request-id'] ?? '');
    const requestId = CLIENT_REQUEST_ID.test(clientRequestId) ? clientRequestId : randomUUID();
    const { rawPath } = splitTarget(request.url ?? '/');
    if (!failed) return this.#faultResponse(fault, requestId, rawPath);
    const { routeKey, functionName } = failed.route;
    const kind = `${routeKey} responded ${fault.status}: ${functionName} ${failed.reason}`;
    this.#failures.print(kind, `request ${requestId}`);
    // The path with its variables' names, for a 5xx repeats no value of the request.
    return this.#faultResponse(fault, requestId, routeKey.split(' ')[1] ?? '/');
  }

  #faultResponse(fault: GatewayFault, requestId: string, path: string): HttpResponse {
    const response = faultResponse(fault, requestId, path, this.#describe);
    return { ...response, headers: { ...response.headers, 'apigw-requestid': randomBytes(11).toString('base64') } };
  }
}

const isPacked = ({ headers }: IncomingMessage): boolean => headers['content-encoding'] !== undefined;

/** What the client says its body has; a chunked one says nothing. */
function declaredBytes({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

function eventOf(
  request: IncomingMessage,
  body: Buffer,
  { route, pathParameters }: Extract<RouteMatch<HttpRoute>, { kind: 'matched' }>,
  requestId: string,
) {
  const { method = 'GET', url: target = '/', httpVersion, rawHeaders } = request;
  const { remoteAddress = '', localPort = 0 } = request.socket;
  const timeEpochMs = Date.now();
  const traceId = `Root=1-${Math.floor(timeEpochMs / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  return toHttpApiEvent(
    { method, target, httpVersion, rawHeaders, remoteAddress, localPort, body },
    { routeKey: route.routeKey, pathParameters, requestId, traceId, timeEpochMs },
  );
}
