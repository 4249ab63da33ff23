import { PROBLEMS, type ProblemCode, problemType } from '../../../functions/contract/problem.ts';
import { type InvocationFailure, LAMBDA_PAYLOAD_LIMIT_BYTES } from '../lambda/execution-environment.ts';
import type { HttpAnswer } from './http-api-event.ts';

/** HTTP API quota: payload 10 MB. */
export const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
/** HTTP API quota: request line and headers 10,240 bytes together. */
export const HEADERS_LIMIT_BYTES = 10_240;

/** What the gateway itself answers when it cannot hand a request to a function, or its answer to the client. */
export interface GatewayProblem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const GATEWAY_PROBLEMS = {
  malformedPath: { code: 'malformed_url', detail: 'The path is not valid percent-encoded UTF-8.' },
  malformedRequest: { code: 'malformed_request', detail: 'This is not an HTTP/1.1 request.' },
  notFound: { code: 'route_not_found', detail: 'No route matches the method and the path.' },
  slowRequest: { code: 'request_timeout', detail: 'The request did not arrive in time.' },
  bodyTooLarge: { code: 'body_too_large', detail: `The body exceeds the limit of ${BODY_LIMIT_BYTES} bytes.` },
  eventTooLarge: {
    code: 'body_too_large',
    detail:
      `The request, as the function would receive it, exceeds the limit of ${LAMBDA_PAYLOAD_LIMIT_BYTES} bytes; ` +
      'bodies that are not text count in base64, four thirds of their size.',
  },
  headersTooLarge: {
    code: 'headers_too_large',
    detail: `The request line and the headers exceed the limit of ${HEADERS_LIMIT_BYTES} bytes.`,
  },
  functionError: { code: 'internal_error', detail: 'The function failed; its log says why.' },
  tooManyRequests: {
    code: 'too_many_requests',
    detail: 'The function is at its concurrency.',
    headers: { 'retry-after': '1' },
  },
  functionTimeout: { code: 'function_timeout', detail: 'Whether it was done is not known: retry with the same key.' },
} as const satisfies Record<string, GatewayProblem>;

/** What the client is told of an invocation that failed. */
export function problemOf({ reason }: InvocationFailure): GatewayProblem {
  if (reason === 'timeout') return GATEWAY_PROBLEMS.functionTimeout;
  const isThrottled = reason === 'throttled' || reason === 'queue-timeout';
  return isThrottled ? GATEWAY_PROBLEMS.tooManyRequests : GATEWAY_PROBLEMS.functionError;
}

/** The problem document (RFC 9457). */
export function problemAnswer(problem: GatewayProblem, requestId: string, path: string): HttpAnswer {
  const { code, detail } = problem;
  const { status, category, title } = PROBLEMS[code];
  const instance = encodeURI(path.toWellFormed()).replace(/%25([0-9a-f]{2})/gi, '%$1');
  const document = { type: problemType(code), title, status, detail, instance, code, category, requestId, errors: [] };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': requestId, ...problem.headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}
