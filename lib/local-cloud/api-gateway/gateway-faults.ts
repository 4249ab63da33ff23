import { type InvocationFailure, LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { HttpResponse } from './http-api-event.ts';

/** HTTP API quota: payload 10 MB. */
export const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
/** HTTP API quota: request line and headers 10,240 bytes together. */
export const HEADERS_LIMIT_BYTES = 10_240;

/** Why the gateway itself responds, instead of a function. */
export type GatewayFaultKind =
  | 'malformed-path'
  | 'malformed-request'
  | 'route-not-found'
  | 'request-timeout'
  | 'body-too-large'
  | 'headers-too-large'
  | 'expectation-failed'
  | 'function-error'
  | 'too-many-requests'
  | 'function-timeout';

export interface GatewayFault {
  readonly kind: GatewayFaultKind;
  readonly status: number;
  /** The text that the real gateway puts into `{"message": …}`. */
  readonly message: string;
  /** For a person: what is wrong, with the limit if there is one. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of a response that the gateway generates itself. */
export interface FaultBody {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Builds that body. `path` is the request's path. For a 5xx it is the route's path, because a 5xx repeats no value of
 * the request.
 */
export type DescribeFault = (fault: GatewayFault, request: { requestId: string; path: string }) => FaultBody;

export const GATEWAY_FAULTS = {
  malformedPath: {
    kind: 'malformed-path',
    status: 400,
    message: 'Bad Request',
    detail: 'The path is not valid percent-encoded UTF-8.',
  },
  malformedRequest: {
    kind: 'malformed-request',
    status: 400,
    message: 'Bad Request',
    detail: 'This is not an HTTP/1.1 request.',
  },
  ambiguousHost: {
    kind: 'malformed-request',
    status: 400,
    message: 'Bad Request',
    detail: 'A request has exactly one header Host.',
  },
  notFound: {
    kind: 'route-not-found',
    status: 404,
    message: 'Not Found',
    detail: 'No route matches the method and the path.',
  },
  slowRequest: {
    kind: 'request-timeout',
    status: 408,
    message: 'Request Timeout',
    detail: 'The request did not arrive in time.',
  },
  headersTooLarge: {
    kind: 'headers-too-large',
    status: 431,
    message: 'Request Header Fields Too Large',
    detail: `The request line and the headers exceed the limit of ${HEADERS_LIMIT_BYTES} bytes.`,
  },
  expectation: {
    kind: 'expectation-failed',
    status: 417,
    message: 'Expectation Failed',
    detail: 'The header Expect may only be 100-continue.',
  },
  functionError: {
    kind: 'function-error',
    status: 500,
    message: 'Internal Server Error',
    detail: 'The function failed; its log says why.',
  },
  tooManyRequests: {
    kind: 'too-many-requests',
    status: 429,
    message: 'Too Many Requests',
    detail: 'The function is at its concurrency.',
    headers: { 'retry-after': '1' },
  },
  functionTimeout: {
    kind: 'function-timeout',
    status: 504,
    message: 'Gateway Timeout',
    detail: 'Whether it was done is not known: retry with the same key.',
  },
} as const satisfies Record<string, GatewayFault>;

/** A request that is too large for the gateway, or for the function behind it. */
export interface TooLarge {
  /** The size that was found, in bytes; undefined if the client did not declare it and not everything was read. */
  readonly bytes: number | undefined;
  readonly isPacked: boolean;
}

const PACK_IT = ' Content-Encoding: gzip is accepted, and takes about a tenth of the bytes of plain text.';

/** The body alone is over the gateway's own limit. */
export const bodyTooLarge = ({ bytes, isPacked }: TooLarge): GatewayFault => ({
  kind: 'body-too-large',
  status: 413,
  message: 'Request Entity Too Large',
  detail: `The body has ${bytes ?? `more than ${BODY_LIMIT_BYTES}`} bytes, and at most ${BODY_LIMIT_BYTES} are allowed.${isPacked ? '' : PACK_IT}`,
});

/** The event that the function would receive is over Lambda's limit. */
export const eventTooLarge = ({ bytes, isPacked }: TooLarge): GatewayFault => ({
  kind: 'body-too-large',
  status: 413,
  message: 'Request Too Long',
  detail:
    `The request, as the function would receive it, has ${bytes} bytes, and at most ${LAMBDA_PAYLOAD_LIMIT_BYTES} are allowed; ` +
    `bodies that are not text count in base64, four thirds of their size.${isPacked ? '' : PACK_IT}`,
});

/** The client's error for a failed invocation. */
export function faultOf({ reason }: InvocationFailure): GatewayFault {
  if (reason === 'timeout') return GATEWAY_FAULTS.functionTimeout;
  const isThrottled = reason === 'throttled' || reason === 'queue-timeout';
  return isThrottled ? GATEWAY_FAULTS.tooManyRequests : GATEWAY_FAULTS.functionError;
}

/** Describes a fault as the real gateway does. */
export const describeAsGateway: DescribeFault = ({ message }) => ({
  contentType: 'application/json',
  body: JSON.stringify({ message }),
});

/** The gateway's own response, with the request id that a client can quote. */
export function faultResponse(
  fault: GatewayFault,
  requestId: string,
  path: string,
  describe: DescribeFault,
): HttpResponse {
  const { contentType, body } = describe(fault, { requestId, path });
  return {
    statusCode: fault.status,
    headers: { 'content-type': contentType, 'x-request-id': requestId, ...fault.headers },
    body: Buffer.from(body),
  };
}
