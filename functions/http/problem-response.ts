import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PROBLEMS, Problem, type ProblemCode, problemType } from '../contract/problem.ts';
import { DatabaseError, type DatabaseErrorKind } from '../database/errors.ts';

/** The most errors of a request that `errors` lists. */
const MAX_ERRORS = 100;

/** What a database error means to a client, and after how many seconds it may retry. */
const FROM_DATABASE: Record<DatabaseErrorKind, { code: ProblemCode; detail: string; retryAfter?: number }> = {
  overload: {
    code: 'pool_exhausted',
    detail: 'no database connection was available; nothing was written',
    retryAfter: 2,
  },
  unavailable: {
    code: 'database_unavailable',
    detail: 'retry; retry a write with the same Idempotency-Key',
    retryAfter: 5,
  },
  timeout: { code: 'database_timeout', detail: 'retry; retry a write with the same Idempotency-Key', retryAfter: 5 },
  conflict: { code: 'database_busy', detail: 'blocked by another transaction; nothing was written', retryAfter: 1 },
  constraint: { code: 'internal_error', detail: 'the database rejected the change; nothing was written' },
  bug: { code: 'internal_error', detail: 'unexpected database error; the log has it under this requestId' },
};

/** Converts anything thrown to a Problem. An unexpected error becomes a 500 that does not reveal its cause. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseError) {
    const { code, detail, retryAfter } = FROM_DATABASE[error.kind];
    return new Problem(code, detail, {
      cause: error,
      ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
    });
  }
  return new Problem('internal_error', 'unexpected error; the log has it under this requestId', { cause: error });
}

/** The RFC 9457 document. A 5xx names the route instead of the path, because a path contains the client's values. */
export function problemResponse(
  problem: Problem,
  at: { readonly requestId: string; readonly path: string; readonly routeKey: string },
): APIGatewayProxyStructuredResultV2 {
  const { status, title, category } = PROBLEMS[problem.code];
  const { errors = [], members = {}, headers = {} } = problem.options;
  const document = {
    type: problemType(problem.code),
    title,
    status,
    detail: problem.message,
    instance: status >= 500 ? at.routeKey : at.path,
    code: problem.code,
    category,
    requestId: at.requestId,
    errors: errors.slice(0, MAX_ERRORS),
    ...members,
  };
  return {
    statusCode: status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
    body: JSON.stringify(document),
  };
}
