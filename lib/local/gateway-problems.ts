import { STATUS_CODES } from 'node:http';
import { type InvocationFailure, LAMBDA_PAYLOAD_LIMIT_BYTES } from './execution-environment.ts';
import type { HttpAnswer } from './http-api-event.ts';

/** HTTP API quota: payload 10 MB. */
export const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
/** HTTP API quota: request line and headers 10,240 bytes together. */
export const HEADERS_LIMIT_BYTES = 10_240;

type Category = 'validation' | 'overload' | 'system';

/** What the gateway itself answers when it cannot hand a request to a function, or its answer to the client. */
export interface GatewayProblem {
  readonly status: number;
  readonly code: string;
  readonly category: Category;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const GATEWAY_PROBLEMS = {
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
} as const satisfies Record<string, GatewayProblem>;

function tooLarge(detail: string): GatewayProblem {
  return { status: 413, code: 'body_too_large', category: 'validation', detail };
}

/** What the client is told of an invocation that failed. */
export function problemOf({ reason }: InvocationFailure): GatewayProblem {
  if (reason === 'timeout') return GATEWAY_PROBLEMS.functionTimeout;
  return reason === 'queue-timeout' ? GATEWAY_PROBLEMS.tooManyRequests : GATEWAY_PROBLEMS.functionError;
}

/** The problem document (RFC 9457). */
export function problemAnswer(problem: GatewayProblem, requestId: string, path: string): HttpAnswer {
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
