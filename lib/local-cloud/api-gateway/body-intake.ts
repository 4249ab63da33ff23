import type { IncomingMessage } from 'node:http';
import { type InvocationFailure, LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { ExecutionEnvironments, ReservedPlace } from '../lambda/execution-environments.ts';
import { BodyMemory, type MemoryShare } from './body-memory.ts';
import { bodyTooLarge, faultOf, GATEWAY_FAULTS, type GatewayFault } from './gateway-faults.ts';
import { declaredBytes, declaresTooMuch, isPacked, isSmall, readBody } from './http-exchange.ts';

/** Enough for forty requests of the largest size that a function accepts. */
const MEMORY_BYTES = 40 * LAMBDA_PAYLOAD_LIMIT_BYTES;
/** How long a body may hold its place while it is being read. 6 MB in that time are 24 Mbit/s. */
const PLACE_MS = 2_000;

export interface IntakeOptions {
  /** Limit for all bodies together. Bytes; default 240 MiB. */
  readonly bodyMemoryBytes?: number;
  /** How long a body may hold its place while it is being read. Default 2 s. */
  readonly placeMs?: number;
}

/** Why a body is not read, or not read to its end. */
export interface IntakeRefusal {
  readonly fault: GatewayFault;
  /** For the log, if the client is not the cause. */
  readonly reason?: string;
}

/** A request whose body may be read. */
export interface AdmittedBody {
  read(): Promise<Buffer | IntakeRefusal | 'aborted'>;
  /**
   * Releases the place: right before the invocation, which takes it over, or when there is no invocation. Idempotent.
   */
  releasePlace(): void;
  /** Releases place and memory, once nothing refers to the body. Idempotent. */
  release(): void;
}

/**
 * Decides from a request's headers whether its body is read. A large request first reserves a place under its
 * function's reserved concurrency, and memory. A client that is refused gets its response at once, and its upload takes
 * neither from the accepted requests. The body of a small request arrives with its headers, so its place is reserved at
 * invocation.
 *
 * A slow client holds the place only for `placeMs`. Its body is still read; at the end the request competes for a new
 * place, as on API Gateway, which reads every request whole before it invokes a function.
 */
export class BodyIntake {
  readonly #environments: ExecutionEnvironments;
  readonly #memory: BodyMemory;
  readonly #placeMs: number;

  constructor(environments: ExecutionEnvironments, { bodyMemoryBytes, placeMs }: IntakeOptions) {
    this.#environments = environments;
    this.#memory = new BodyMemory(bodyMemoryBytes ?? MEMORY_BYTES);
    this.#placeMs = placeMs ?? PLACE_MS;
  }

  admit(request: IncomingMessage, functionName: string): AdmittedBody | IntakeRefusal {
    if (declaresTooMuch(request)) return tooLarge(request);
    if (isSmall(request)) {
      const throttled = this.#environments.throttled(functionName);
      return throttled === undefined ? smallBody(request) : refusalOf(throttled);
    }
    const share = this.#memory.take(declaredBytes(request) ?? 0);
    if (share === undefined) return NO_ROOM;
    const place = this.#environments.reserve(functionName);
    if ('ok' in place) {
      share.release();
      return refusalOf(place);
    }
    return this.#largeBody(request, place, share);
  }

  #largeBody(request: IncomingMessage, place: ReservedPlace, share: MemoryShare): AdmittedBody {
    let received = 0;
    let isLate = false;
    const lapse = setTimeout(() => {
      isLate = true;
      place.release();
      share.resize(received);
    }, this.#placeMs).unref();
    const mayHold = (bytes: number) => {
      received = bytes;
      const isCounted = !isLate && declaredBytes(request) !== undefined;
      return isCounted || share.resize(bytes);
    };
    const releasePlace = () => {
      clearTimeout(lapse);
      place.release();
    };
    const release = () => {
      releasePlace();
      share.release();
    };
    const read = async () => {
      const body = await readBody(request, mayHold);
      if (body === 'too-large') return tooLarge(request);
      return body === 'no-room' ? NO_ROOM : body;
    };
    return { read, releasePlace, release };
  }
}

const nothing = () => undefined;

const smallBody = (request: IncomingMessage): AdmittedBody => ({
  // a body that was declared as small cannot exceed that size
  read: async () => (await readBody(request, () => true)) as Buffer | 'aborted',
  releasePlace: nothing,
  release: nothing,
});

/** The refusal for an invocation that failed or would fail. */
export const refusalOf = (failure: InvocationFailure): IntakeRefusal => ({
  fault: faultOf(failure),
  reason: `${failure.reason}: ${failure.error?.errorMessage ?? ''}`,
});

const NO_ROOM: IntakeRefusal = {
  fault: GATEWAY_FAULTS.tooManyRequests,
  reason: 'was not invoked: the bodies of requests in progress use all the memory available to bodies',
};

const tooLarge = (request: IncomingMessage): IntakeRefusal => ({
  fault: bodyTooLarge({ bytes: declaredBytes(request), isPacked: isPacked(request) }),
});
