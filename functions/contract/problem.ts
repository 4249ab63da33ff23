import * as z from 'zod';

/** Every error the service answers, by its stable code. Clients branch on the code; titles and details are for people. */
export const PROBLEMS = {
  malformed_body: { status: 400, category: 'validation', title: 'The body is malformed' },
  duplicate_key: { status: 400, category: 'validation', title: 'A JSON object names a key twice' },
  forbidden_key: { status: 400, category: 'validation', title: 'A JSON object has a key that is never allowed' },
  invalid_encoding: { status: 400, category: 'validation', title: 'The body is not what its encoding says' },
  malformed_url: { status: 400, category: 'validation', title: 'The URL is malformed' },
  malformed_request: { status: 400, category: 'validation', title: 'The request is not HTTP' },
  unauthenticated: { status: 401, category: 'authentication', title: 'The caller is not known' },
  route_not_found: { status: 404, category: 'validation', title: 'There is no such route' },
  tick_not_found: { status: 404, category: 'validation', title: 'There is no such tick' },
  alert_log_not_found: { status: 404, category: 'validation', title: 'There is no such alert log' },
  batch_not_found: { status: 404, category: 'validation', title: 'There is no such batch' },
  operation_not_found: { status: 404, category: 'validation', title: 'There is no such operation' },
  instrument_not_found: { status: 404, category: 'validation', title: 'There is no such instrument' },
  rule_not_found: { status: 404, category: 'validation', title: 'There is no such alert rule' },
  method_not_allowed: { status: 405, category: 'validation', title: 'The route does not take this method' },
  request_timeout: { status: 408, category: 'validation', title: 'The request did not arrive in time' },
  idempotency_key_reused: {
    status: 409,
    category: 'conflict',
    title: 'The idempotency key was used with another payload',
  },
  request_in_progress: { status: 409, category: 'conflict', title: 'The first request with this key is still running' },
  expected_count_mismatch: { status: 409, category: 'conflict', title: 'Another number of rows would change' },
  rows_archived: { status: 409, category: 'conflict', title: 'Rows asked for are archived' },
  name_differs_in_case: { status: 409, category: 'conflict', title: 'The name exists in another case' },
  body_too_large: { status: 413, category: 'validation', title: 'The body is too large' },
  too_many_records: { status: 413, category: 'validation', title: 'The batch has too many records' },
  record_too_large: { status: 413, category: 'validation', title: 'A record is too large' },
  unsupported_media_type: { status: 415, category: 'validation', title: 'The media type is not supported' },
  unsupported_charset: { status: 415, category: 'validation', title: 'The charset is not supported' },
  unsupported_encoding: { status: 415, category: 'validation', title: 'The content encoding is not supported' },
  expectation_failed: {
    status: 417,
    category: 'validation',
    title: 'The header Expect asks for something unsupported',
  },
  invalid_request: { status: 422, category: 'validation', title: 'The request is understood but invalid' },
  empty_batch: { status: 422, category: 'validation', title: 'The batch has no records' },
  all_rejected: { status: 422, category: 'validation', title: 'Every record was rejected' },
  atomic_rejected: { status: 422, category: 'validation', title: 'The batch is atomic and a record was refused' },
  too_many_rows: { status: 422, category: 'validation', title: 'One operation cannot change so many rows' },
  not_a_deletion: { status: 422, category: 'validation', title: 'Only a deletion can be undone' },
  too_many_requests: { status: 429, category: 'overload', title: 'There are too many requests' },
  headers_too_large: { status: 431, category: 'validation', title: 'The headers are too large' },
  internal_error: { status: 500, category: 'system', title: 'Something is wrong on our side' },
  pool_exhausted: { status: 503, category: 'overload', title: 'The connection pool is exhausted' },
  database_unavailable: { status: 503, category: 'system', title: 'The database is away' },
  database_busy: { status: 503, category: 'overload', title: 'Another transaction is in the way' },
  database_timeout: { status: 503, category: 'system', title: 'The database did not answer in time' },
  function_timeout: { status: 504, category: 'system', title: 'The function did not answer in time' },
} as const satisfies Record<string, { status: number; category: string; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The `type` of a problem document. */
export const problemType = (code: ProblemCode): string => `urn:tick-store:problem:${code}`;

export const fieldError = z
  .object({ path: z.string(), code: z.string(), message: z.string() })
  .meta({ id: 'FieldError' });
export type FieldError = z.output<typeof fieldError>;

/** RFC 9457, with our extensions. A refused batch adds its receipt's counts, outcomes and rejections. */
export const problem = z
  .looseObject({
    type: z.string().meta({ example: 'urn:tick-store:problem:invalid_request' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "The request's path; for a 5xx the route, which has no values in it." }),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    category: z.enum(['validation', 'authentication', 'conflict', 'overload', 'system']),
    requestId: z.string(),
    errors: z.array(fieldError),
  })
  .meta({ id: 'Problem' });

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown by a use case to answer an error. The detail goes to the client, so it never quotes SQL or a secret. */
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

/** The key of this request belongs to another one. */
export const idempotencyKeyReused = (): Problem =>
  new Problem('idempotency_key_reused', 'this idempotency key belongs to a request with another payload');

/** The request that has claimed the key has not ended within the time that a lock is waited for. */
export const requestInProgress = (cause: unknown): Problem =>
  new Problem('request_in_progress', 'a request with this idempotency key is still running: retry it shortly', {
    headers: { 'Retry-After': '1' },
    cause,
  });
