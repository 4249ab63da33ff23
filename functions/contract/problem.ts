import * as z from 'zod/mini';
import { documented, made } from './documented.ts';

/** Every error that the service returns, by its stable code. Clients branch on the code; titles and details are for people. */
export const PROBLEMS = {
  malformed_body: { status: 400, category: 'validation', title: 'The body is malformed' },
  duplicate_key: { status: 400, category: 'validation', title: 'A JSON object has a duplicate key' },
  forbidden_key: { status: 400, category: 'validation', title: 'A JSON object has a forbidden key' },
  invalid_encoding: { status: 400, category: 'validation', title: 'The body does not match its encoding' },
  malformed_url: { status: 400, category: 'validation', title: 'The URL is malformed' },
  malformed_request: { status: 400, category: 'validation', title: 'The request is not valid HTTP' },
  unauthenticated: { status: 401, category: 'authentication', title: 'The caller is not authenticated' },
  route_not_found: { status: 404, category: 'validation', title: 'Route not found' },
  tick_not_found: { status: 404, category: 'validation', title: 'Tick not found' },
  alert_log_not_found: { status: 404, category: 'validation', title: 'Alert log not found' },
  batch_not_found: { status: 404, category: 'validation', title: 'Batch not found' },
  operation_not_found: { status: 404, category: 'validation', title: 'Operation not found' },
  instrument_not_found: { status: 404, category: 'validation', title: 'Instrument not found' },
  rule_not_found: { status: 404, category: 'validation', title: 'Alert rule not found' },
  method_not_allowed: { status: 405, category: 'validation', title: 'Method not allowed' },
  request_timeout: { status: 408, category: 'validation', title: 'The request did not arrive in time' },
  idempotency_key_reused: {
    status: 409,
    category: 'conflict',
    title: 'Idempotency key reused with a different payload',
  },
  request_in_progress: {
    status: 409,
    category: 'conflict',
    title: 'A request with this idempotency key is in progress',
  },
  expected_count_mismatch: { status: 409, category: 'conflict', title: 'A different number of rows would change' },
  operation_running: { status: 409, category: 'conflict', title: 'The operation is still running' },
  rows_archived: { status: 409, category: 'conflict', title: 'Requested rows are archived' },
  name_differs_in_case: { status: 409, category: 'conflict', title: 'The name exists with different case' },
  precondition_failed: { status: 412, category: 'conflict', title: 'The state is not the one that was named' },
  body_too_large: { status: 413, category: 'validation', title: 'The body is too large' },
  too_many_records: { status: 413, category: 'validation', title: 'The batch has too many records' },
  record_too_large: { status: 413, category: 'validation', title: 'A record is too large' },
  unsupported_media_type: { status: 415, category: 'validation', title: 'The media type is not supported' },
  unsupported_charset: { status: 415, category: 'validation', title: 'The charset is not supported' },
  unsupported_encoding: { status: 415, category: 'validation', title: 'The content encoding is not supported' },
  expectation_failed: {
    status: 417,
    category: 'validation',
    title: 'Expectation not supported',
  },
  invalid_request: { status: 422, category: 'validation', title: 'The request is not valid' },
  empty_batch: { status: 422, category: 'validation', title: 'The batch has no records' },
  all_rejected: { status: 422, category: 'validation', title: 'Every record was rejected' },
  atomic_rejected: { status: 422, category: 'validation', title: 'Atomic batch refused' },
  too_many_rows: { status: 422, category: 'validation', title: 'Too many rows for one operation' },
  response_too_large: { status: 422, category: 'validation', title: 'The response would be too large' },
  not_a_deletion: { status: 422, category: 'validation', title: 'Only a deletion or a correction can be undone' },
  not_a_restoration: { status: 422, category: 'validation', title: 'Only a restoration can be redone' },
  too_many_requests: { status: 429, category: 'overload', title: 'Too many requests' },
  headers_too_large: { status: 431, category: 'validation', title: 'The headers are too large' },
  internal_error: { status: 500, category: 'system', title: 'Internal error' },
  pool_exhausted: { status: 503, category: 'overload', title: 'Connection pool exhausted' },
  database_unavailable: { status: 503, category: 'system', title: 'Database unavailable' },
  database_busy: { status: 503, category: 'overload', title: 'Blocked by another transaction' },
  database_timeout: { status: 503, category: 'system', title: 'Database timed out' },
  function_timeout: { status: 504, category: 'system', title: 'Function timed out' },
} as const satisfies Record<string, { status: number; category: string; title: string }>;

/** A stable code of `PROBLEMS`. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The `type` of a problem document. */
export const problemType = (code: ProblemCode): string => `urn:tick-store:problem:${code}`;

/** What is wrong with one field of a request. */
export const fieldError = /* @__PURE__ */ made(() =>
  documented(z.object({ path: z.string(), code: z.string(), message: z.string() }), {
    id: 'FieldError',
  }),
);
/** See `fieldError`. */
export type FieldError = z.output<typeof fieldError>;

/** RFC 9457, with our extensions. A refused batch adds its receipt's counts, outcomes and rejections. */
export const problem = /* @__PURE__ */ made(() =>
  documented(
    z.looseObject({
      type: documented(z.string(), { example: 'urn:tick-store:problem:invalid_request' }),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      instance: documented(z.string(), {
        description: "The request's path. For a 5xx the route, which contains no values.",
      }),
      code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
      category: z.enum(['validation', 'authentication', 'conflict', 'overload', 'system']),
      requestId: z.string(),
      errors: z.array(fieldError),
    }),
    { id: 'Problem' },
  ),
);

/** Details of a problem beyond its code and text. */
export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown to respond with an error. The detail goes to the client, so it never quotes SQL or a secret. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

/** The key of this request belongs to a different request. */
export const idempotencyKeyReused = (): Problem =>
  new Problem('idempotency_key_reused', 'this idempotency key belongs to a request with a different payload');

/** The request that claimed the key did not end within the lock timeout. */
export const requestInProgress = (cause: unknown): Problem =>
  new Problem('request_in_progress', 'a request with this idempotency key is still running: retry shortly', {
    headers: { 'Retry-After': '1' },
    cause,
  });

/** An operation that is under way cannot be taken back, and is not read as of. */
export const operationRunning = (id: number): Problem =>
  new Problem('operation_running', `operation ${id} is still running: wait until it is done`, {
    headers: { 'Retry-After': '5' },
    members: { operationId: id },
  });
