import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { ExecutionEnvironments } from '../lambda/execution-environments.ts';
import { eventBytes, type FunctionEvent } from '../lambda/function-event.ts';
import { type AdmittedBody, BodyIntake, type IntakeOptions, refusalOf } from './body-intake.ts';
import { eventTooLarge, GATEWAY_FAULTS, type GatewayFault } from './gateway-faults.ts';
import { type HttpResponse, splitTarget, toHttpApiEvent, toHttpResponse } from './http-api-event.ts';
import { isPacked } from './http-exchange.ts';
import { type FailedRoute, Responder, type ResponderOptions } from './responder.ts';
import { createRouteMatcher, type RouteMatch } from './route-matcher.ts';

export interface HttpRoute {
  /** `GET /v1/market-data/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
  /** Overrides the API's `integrationTimeoutMs`. */
  readonly timeoutMs?: number;
}

export interface GatewayOptions extends ResponderOptions, IntakeOptions {
  readonly routes: readonly HttpRoute[];
  readonly environments: ExecutionEnvironments;
  /**
   * How long a client waits for the function, including the wait in the queue. Default 30 s, the maximum of an HTTP
   * API.
   */
  readonly integrationTimeoutMs?: number;
}

const INTEGRATION_TIMEOUT_MS = 30_000;

type MatchedRoute = Extract<RouteMatch<HttpRoute>, { kind: 'matched' }>;

/** A request that was read whole, with the resources that it holds until the function has received it. */
interface ReadRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: MatchedRoute;
  readonly body: Buffer;
  readonly admitted: AdmittedBody;
}

/** Passes requests to functions and returns their results: the part of an HTTP API that does not handle sockets. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #matchRoute: ReturnType<typeof createRouteMatcher<HttpRoute>>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting = new WeakSet<ServerResponse>();
  readonly #intake: BodyIntake;
  readonly #responder: Responder;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#intake = new BodyIntake(options.environments, options);
    this.#responder = new Responder(options);
    this.#matchRoute = createRouteMatcher(options.routes);
  }

  /** @param invite set if the client waits for `100 Continue`: called when its body may be sent */
  accept(request: IncomingMessage, response: ServerResponse, invite?: () => void): void {
    this.#track(this.#serve(request, response, invite), response);
  }

  /** Responds to a request that goes to no function. @param close whether the connection closes after the response */
  refuse(request: IncomingMessage, response: ServerResponse, fault: GatewayFault, close = false): void {
    this.#track(this.#responder.refuse(response, this.#responder.responseOf(request, fault), close), response);
  }

  /** Whether the request of this response is waiting for a process of its function. */
  isWaiting(response: ServerResponse): boolean {
    return this.#waiting.has(response);
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#responder.stop();
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

  async #serve(request: IncomingMessage, response: ServerResponse, invite = () => {}): Promise<void> {
    const { method = 'GET', url: target = '/' } = request;
    const match = this.#matchRoute(method, splitTarget(target).rawPath);
    if (match.kind === 'malformed') return this.#refuse(request, response, GATEWAY_FAULTS.malformedPath);
    if (match.kind === 'none') return this.#refuse(request, response, GATEWAY_FAULTS.notFound);
    const { route } = match;
    const admitted = this.#intake.admit(request, route.functionName);
    if ('fault' in admitted) return this.#refuse(request, response, admitted.fault, failedAt(route, admitted.reason));
    try {
      invite();
      const body = await admitted.read();
      if (body === 'aborted') return;
      if ('fault' in body) return await this.#refuse(request, response, body.fault, failedAt(route, body.reason));
      await this.#respond({ request, response, match, body, admitted });
    } finally {
      admitted.release();
    }
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    fault: GatewayFault,
    failed?: FailedRoute,
  ): Promise<void> {
    return this.#responder.refuse(response, this.#responder.responseOf(request, fault, failed));
  }

  async #respond(read: ReadRequest): Promise<void> {
    const { request, response, match, body } = read;
    const began = performance.now();
    const requestId = randomBytes(11).toString('base64');
    const event = eventOf(request, body, match, requestId);
    const bytes = eventBytes(event, LAMBDA_PAYLOAD_LIMIT_BYTES);
    if (bytes > LAMBDA_PAYLOAD_LIMIT_BYTES) {
      const fault = eventTooLarge({ bytes, isPacked: isPacked(request) });
      return this.#responder.send(response, this.#responder.responseOf(request, fault), began);
    }
    const invoked = performance.now();
    const result = await this.#invoke(read, event);
    if (result === 'client-gone') return;
    const integrationLatencyMs = performance.now() - invoked;
    const headers = { ...result.headers, 'apigw-requestid': requestId };
    await this.#responder.send(response, { ...result, headers }, began, integrationLatencyMs);
  }

  /** @returns `client-gone` if the client disconnected before a process was free: nothing was done for it */
  async #invoke(read: ReadRequest, event: FunctionEvent): Promise<HttpResponse | 'client-gone'> {
    const { route } = read.match;
    const fail = (fault: GatewayFault, reason?: string) =>
      this.#responder.responseOf(read.request, fault, failedAt(route, reason));
    const result = await this.#invokeInTime(read, event);
    if (result === 'integration-timeout')
      return fail(GATEWAY_FAULTS.functionTimeout, 'no response within the integration timeout');
    if (!result.ok) {
      const { fault, reason } = refusalOf(result);
      return result.reason === 'abandoned' ? 'client-gone' : fail(fault, reason);
    }
    try {
      return toHttpResponse(result.payload);
    } catch (error) {
      return fail(GATEWAY_FAULTS.functionError, error instanceof Error ? error.message : String(error));
    }
  }

  async #invokeInTime({ match, response, admitted }: ReadRequest, event: FunctionEvent) {
    const { functionName, timeoutMs } = match.route;
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
    admitted.releasePlace();
    const invoked = this.#options.environments.invokeSerialized(functionName, event, { signal, onStart });
    return Promise.race([expired, invoked]).finally(() => {
      onStart();
      clearTimeout(timer);
      response.removeListener('close', giveUp);
    });
  }
}

/** Returns a log entry, if there is a reason other than the client. */
const failedAt = ({ routeKey, functionName }: HttpRoute, reason: string | undefined): FailedRoute | undefined =>
  reason === undefined ? undefined : { routeKey, functionName, reason };

function eventOf(request: IncomingMessage, body: Buffer, { route, pathParameters }: MatchedRoute, requestId: string) {
  const { method = 'GET', url: target = '/', httpVersion, rawHeaders } = request;
  const { remoteAddress = '', localPort = 0 } = request.socket;
  const timeEpochMs = Date.now();
  const traceId = `Root=1-${Math.floor(timeEpochMs / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  return toHttpApiEvent(
    { method, target, httpVersion, rawHeaders, remoteAddress, localPort, body },
    { routeKey: route.routeKey, pathParameters, requestId, traceId, timeEpochMs },
  );
}
