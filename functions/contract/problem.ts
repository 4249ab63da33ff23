import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';

type Category = 'validation' | 'authentication' | 'conflict' | 'overload' | 'system';
const of =
  <const C extends Category>(category: C) =>
  (status: number, title: string) => ({ status, category, title });
const validation = of('validation');
const authentication = of('authentication');
const conflict = of('conflict');
const overload = of('overload');
const system = of('system');

/** Every error that the service returns, by its stable code. Clients branch on the code; titles and details are for people. */
export const PROBLEMS = {
  malformed_body: validation(400, 'The body is malformed'),
  duplicate_key: validation(400, 'A JSON object has a duplicate key'),
  forbidden_key: validation(400, 'A JSON object has a forbidden key'),
  invalid_encoding: validation(400, 'The body does not match its encoding'),
  malformed_url: validation(400, 'The URL is malformed'),
  malformed_request: validation(400, 'The request is not valid HTTP'),
  unauthenticated: authentication(401, 'The caller is not authenticated'),
  route_not_found: validation(404, 'Route not found'),
  tick_not_found: validation(404, 'Tick not found'),
  alert_log_not_found: validation(404, 'Alert log not found'),
  batch_not_found: validation(404, 'Batch not found'),
  operation_not_found: validation(404, 'Operation not found'),
  instrument_not_found: validation(404, 'Instrument not found'),
  rule_not_found: validation(404, 'Alert rule not found'),
  method_not_allowed: validation(405, 'Method not allowed'),
  request_timeout: validation(408, 'The request did not arrive in time'),
  idempotency_key_reused: conflict(409, 'Idempotency key reused with a different payload'),
  request_in_progress: conflict(409, 'A request with this idempotency key is in progress'),
  expected_count_mismatch: conflict(409, 'A different number of rows would change'),
  operation_running: conflict(409, 'The operation is still running'),
  rows_archived: conflict(409, 'Requested rows are archived'),
  name_differs_in_case: conflict(409, 'The name exists with different case'),
  precondition_failed: conflict(412, 'Precondition failed'),
  body_too_large: validation(413, 'The body is too large'),
  too_many_records: validation(413, 'The batch has too many records'),
  record_too_large: validation(413, 'A record is too large'),
  unsupported_media_type: validation(415, 'The media type is not supported'),
  unsupported_charset: validation(415, 'The charset is not supported'),
  unsupported_encoding: validation(415, 'The content encoding is not supported'),
  expectation_failed: validation(417, 'Expectation not supported'),
  invalid_request: validation(422, 'The request is not valid'),
  empty_batch: validation(422, 'The batch has no records'),
  all_rejected: validation(422, 'Every record was rejected'),
  atomic_rejected: validation(422, 'Atomic batch refused'),
  too_many_rows: validation(422, 'Too many rows for one operation'),
  response_too_large: validation(422, 'The response would be too large'),
  not_a_deletion: validation(422, 'Only a deletion or a correction can be undone'),
  not_a_restoration: validation(422, 'Only a restoration can be redone'),
  too_many_requests: overload(429, 'Too many requests'),
  headers_too_large: validation(431, 'The headers are too large'),
  internal_error: system(500, 'Internal error'),
  pool_exhausted: overload(503, 'Connection pool exhausted'),
  database_unavailable: system(503, 'Database unavailable'),
  database_busy: overload(503, 'Blocked by another transaction'),
  database_timeout: system(503, 'Database timed out'),
  function_timeout: system(504, 'Function timed out'),
} as const satisfies Record<string, { status: number; category: string; title: string }>;

/** A stable code of `PROBLEMS`. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The `type` of a problem document. */
export const problemType = (code: ProblemCode): string => `urn:tick-store:problem:${code}`;

/** What is wrong with one field of a request. */
export const fieldError = /* @__PURE__ */ made(() =>
  documented(
    z.object({ path: z.string(), code: z.string(), message: z.string() }),
    forDocument({
      id: 'FieldError',
    }),
  ),
);
/** See `fieldError`. */
export type FieldError = z.output<typeof fieldError>;

/** RFC 9457, with our extensions. A refused batch adds its receipt's counts, outcomes and rejections. */
export const problem = /* @__PURE__ */ made(() =>
  documented(
    z.looseObject({
      type: documented(z.string(), forDocument({ example: 'urn:tick-store:problem:invalid_request' })),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      instance: documented(
        z.string(),
        forDocument({
          description: "The request's path. For a 5xx the route, which contains no values.",
        }),
      ),
      code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
      category: z.enum(['validation', 'authentication', 'conflict', 'overload', 'system']),
      requestId: z.string(),
      errors: z.array(fieldError),
    }),
    forDocument({ id: 'Problem' }),
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
