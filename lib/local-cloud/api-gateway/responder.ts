import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type SparingLines, sparingLines } from '../machine/sparing-lines.ts';
import {
  type DescribeFault,
  describeAsGateway,
  faultResponse,
  GATEWAY_FAULTS,
  type GatewayFault,
} from './gateway-faults.ts';
import { type HttpResponse, splitTarget } from './http-api-event.ts';
import { declaredBytes, discardBody, isSmall, refuseUnread, writeResponse } from './http-exchange.ts';
import { Linger } from './linger.ts';
import { Pacer } from './pacer.ts';

/** One request with its response, from a route or from the gateway itself, as the API's own metrics count it. */
export interface ExchangeRecord {
  /** When the response was sent. Epoch milliseconds. */
  readonly at: number;
  readonly status: number;
  /** From the complete request to the response. For a request that is refused unread, from its headers. */
  readonly latencyMs: number;
  /** The function's part of it; null if none was invoked. */
  readonly integrationLatencyMs: number | null;
}

export interface ResponderOptions {
  /** Receives a line for each 429 or 5xx that the gateway generated, with the reason. Repeated lines become a count. */
  readonly print: (line: string) => void;
  /** The body of the gateway's own responses. Default: `{"message": …}`, as on the real gateway. */
  readonly describeFault?: DescribeFault;
  /** Called for every request. */
  readonly onExchange?: (record: ExchangeRecord) => void;
}

/** Why a function did not respond, for the log. */
export interface FailedRoute {
  readonly routeKey: string;
  readonly functionName: string;
  readonly reason: string;
}

const CLIENT_REQUEST_ID = /^[\x21-\x7e]{1,255}$/;
/** Failures of one kind are printed once per this time, then counted. */
const QUIET_MS = 1_000;
/**
 * The minimum gap between refusals, 500 per second, so that refused clients do not all retry at once, and clients that
 * ignore `Retry-After` cannot take the processor from the accepted requests. Here clients, gateway, functions and
 * database share one machine. AWS does not do this. Measured with 500 clients that ignore `Retry-After`, on two cores
 * under changing other load, alternating: 54 and 140 batches of 10 rows per second with pacing, 15 without.
 */
const REFUSAL_GAP_MS = 2;
/** How much the gap grows after the refusal of a large body, whose client sends it again: 1 ms per 64 KiB. */
const REFUSED_BYTES_PER_MS = 64 * 1024;
/** The longest time that a refusal waits for its turn. */
const REFUSAL_WAIT_MS = 1_000;

/** Sends the responses of functions and the gateway's own. */
export class Responder {
  readonly #describe: DescribeFault;
  readonly #failures: SparingLines;
  readonly #onExchange: (record: ExchangeRecord) => void;
  readonly #pacer = new Pacer(REFUSAL_WAIT_MS);
  readonly #linger = new Linger();
  #isStopping = false;

  constructor({ print, describeFault = describeAsGateway, onExchange = () => undefined }: ResponderOptions) {
    this.#describe = describeFault;
    this.#failures = sparingLines(print, QUIET_MS);
    this.#onExchange = onExchange;
  }

  /** From now on nothing waits for its turn, and connections close after their response. */
  stop(): void {
    this.#isStopping = true;
    this.#linger.stop();
  }

  /**
   * Sends the response to a request that was read whole. Resolves when it is sent or the client is gone.
   * @param began when the request was complete, by `performance.now()`
   * @param integrationLatencyMs how long the function took; null if it was not invoked
   */
  async send(
    response: ServerResponse,
    content: HttpResponse,
    began = performance.now(),
    integrationLatencyMs: number | null = null,
  ): Promise<void> {
    await this.#begin(response, content, began, integrationLatencyMs);
    await writeResponse(response, content, this.#isStopping);
  }

  /**
   * Refuses a request that was not read to its end. A small body is read first, so that the connection can be kept. A
   * large body, or one that waits for `100 Continue`, is not read: the response is sent at once and the connection
   * closes.
   * @param close whether the connection closes in any case
   */
  async refuse(response: ServerResponse, content: HttpResponse, close = false): Promise<void> {
    const { req: request } = response;
    if (!close && isSmall(request) && request.headers.expect === undefined) {
      if ((await discardBody(request)) === 'discarded') await this.send(response, content);
      return;
    }
    await this.#begin(response, content, performance.now(), null);
    await refuseUnread(response, content, (unread) => this.#linger.discard(unread));
  }

  /**
   * The gateway's own response.
   * @param failed set if the function failed or was not invoked: it is printed
   */
  responseOf(request: IncomingMessage, fault: GatewayFault, failed?: FailedRoute): HttpResponse {
    const clientRequestId = String(request.headers['x-request-id'] ?? '');
    const requestId = CLIENT_REQUEST_ID.test(clientRequestId) ? clientRequestId : randomUUID();
    if (!failed) return this.#faultResponse(fault, requestId, splitTarget(request.url ?? '/').rawPath);
    const { routeKey, functionName, reason } = failed;
    this.#failures.print(`${routeKey} responded ${fault.status}: ${functionName} ${reason}`, `request ${requestId}`);
    // The path with its variables' names, because a 5xx repeats no value of the request.
    return this.#faultResponse(fault, requestId, routeKey.split(' ')[1] ?? '/');
  }

  async #begin(
    response: ServerResponse,
    { statusCode: status }: HttpResponse,
    began: number,
    integrationLatencyMs: number | null,
  ): Promise<void> {
    // The socket may close at any time. An error of a write to it must not end the server.
    response.on('error', () => {});
    const latencyMs = performance.now() - began;
    this.#onExchange({ at: Date.now(), status, latencyMs, integrationLatencyMs });
    if (status !== GATEWAY_FAULTS.tooManyRequests.status || this.#isStopping) return;
    const bytes = declaredBytes(response.req) ?? 0;
    const delayMs = this.#pacer.delayMs(REFUSAL_GAP_MS + bytes / REFUSED_BYTES_PER_MS);
    if (delayMs > 0) await delay(delayMs);
  }

  #faultResponse(fault: GatewayFault, requestId: string, path: string): HttpResponse {
    const response = faultResponse(fault, requestId, path, this.#describe);
    return { ...response, headers: { ...response.headers, 'apigw-requestid': randomBytes(11).toString('base64') } };
  }
}
