import type { IncomingMessage } from 'node:http';
import { type InvocationFailure, LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { ExecutionEnvironments, ReservedPlace } from '../lambda/execution-environments.ts';
import { BodyMemory, type MemoryShare } from './body-memory.ts';
import { bodyTooLarge, faultOf, GATEWAY_FAULTS, type GatewayFault } from './gateway-faults.ts';
import { declaredBytes, declaresTooMuch, isPacked, isSmall, readBody } from './http-exchange.ts';

/** Room for forty of the largest requests that a function takes. */
const MEMORY_BYTES = 40 * LAMBDA_PAYLOAD_LIMIT_BYTES;
/** How long a body that is being read keeps its place. 6 MB in that time are 24 Mbit/s. */
const PLACE_MS = 2_000;

export interface IntakeOptions {
  /** What all bodies together may take. Bytes; default 240 MiB. */
  readonly bodyMemoryBytes?: number;
  /** How long a body that is being read keeps its place. Default 2 s. */
  readonly placeMs?: number;
}

/** Why a body is not read, or not to its end. */
export interface IntakeRefusal {
  readonly fault: GatewayFault;
  /** For the log, where the client is not the cause. */
  readonly reason?: string;
}

/** A request whose body may be read. */
export interface AdmittedBody {
  read(): Promise<Buffer | IntakeRefusal | 'aborted'>;
  /** Gives the place back: right before the invocation, which takes it over, or when there is none. Safe to call again. */
  releasePlace(): void;
  /** Gives everything back, once nothing has the body any more. Safe to call again. */
  release(): void;
}

/**
 * Decides by its headers whether a request's body is read. A large one first gets a place under its function's reserved
 * concurrency, and memory: a client that is refused gets its response at once, and what it would have sent takes neither from the
 * requests that were accepted. A small one is here as soon as its headers are, so it takes its place with the invocation.
 *
 * A client that sends slowly keeps the place for `placeMs` only. Its body is read on, and takes its chance at the end, as API
 * Gateway, which reads every request whole before it invokes a function.
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
  // what is declared as small cannot turn out too large
  read: async () => (await readBody(request, () => true)) as Buffer | 'aborted',
  releasePlace: nothing,
  release: nothing,
});

/** What the client gets for an invocation that failed, or that would have. */
export const refusalOf = (failure: InvocationFailure): IntakeRefusal => ({
  fault: faultOf(failure),
  reason: `${failure.reason}: ${failure.error?.errorMessage ?? ''}`,
});

const NO_ROOM: IntakeRefusal = {
  fault: GATEWAY_FAULTS.tooManyRequests,
  reason: 'was not asked: the bodies of requests under way take all the memory that they may have',
};

const tooLarge = (request: IncomingMessage): IntakeRefusal => ({
  fault: bodyTooLarge({ bytes: declaredBytes(request), isPacked: isPacked(request) }),
});
