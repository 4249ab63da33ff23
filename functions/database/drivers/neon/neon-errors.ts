import { NeonDbError } from '@neondatabase/serverless';
import type { Statement } from '../../database.ts';
import { DatabaseError, type DatabaseErrorKind, kindOf, sqlFunctionIn } from '../../errors.ts';

/** The form of errors that come from Neon's proxy and not from the database. The texts are from `proxy/src` in Neon's sources. */
const SERVER_ERROR = /^Server error \(HTTP status (\d+)\): (.*)$/s;

/** Messages that mean that nothing was run: the proxy had no connection yet, or rejected the request. */
const NOT_RUN =
  /couldn't connect to compute|control plane request failed|console request failed|failed to acquire permit|request is too large|could not set up the JWT|password authentication failed/i;

/** The operating system's codes for a connection that was never established, so nothing was sent. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Converts an error of an HTTP call to the port's error.
 * @param statements the statements of the request. Neon does not report which of several has failed. So the error names a
 *   statement only if it contains the table that the statement was inserting into
 */
export function neonError(error: unknown, statements: readonly Statement[]): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const statement = (statements.length === 1 ? statements[0] : insertingInto(error, statements))?.name;
  if (!(error instanceof NeonDbError)) {
    // the response broke off or did not come from Neon: the transaction may have been committed
    const isTransport = error instanceof TypeError || error instanceof SyntaxError;
    const message = error instanceof Error ? error.message : String(error);
    return new DatabaseError(isTransport ? 'unavailable' : 'bug', message, { statement, rolledBack: false }, error);
  }
  if (error.sourceError !== undefined) return unreachable(error, statement);
  const [, status, body] = SERVER_ERROR.exec(error.message) ?? [];
  if (status !== undefined) return refused(Number(status), body ?? '', error, statement, statements.length > 1);
  const { code, constraint, detail } = known(error);
  const kind = kindOf(code, error.message);
  const rolledBack =
    // an ERROR of the database rolled the transaction back; after a FATAL error or a lost connection this is not certain
    (error.severity === 'ERROR' && code !== '08P01') || kind === 'overload' || NOT_RUN.test(error.message);
  // an error without a code is from the proxy itself, which lost its connection
  const lost = code === undefined && kind === 'bug' && !NOT_RUN.test(error.message);
  return new DatabaseError(
    lost ? 'unavailable' : kind,
    error.message,
    { code, constraint, detail, statement, sqlFunction: sqlFunctionIn(error.where), rolledBack },
    error,
  );
}

/** Whether the login was refused, so that a retry with a new password makes sense. */
export const isPasswordRefused = (error: unknown): boolean =>
  error instanceof DatabaseError &&
  (['28P01', '28000'].includes(error.fields.code ?? '') || /password authentication failed/.test(error.message));

/** The error of a `fetch` that failed before any response. */
function unreachable(error: NeonDbError, statement: string | undefined): DatabaseError {
  const { cause } = (error.sourceError ?? {}) as { cause?: { code?: string; message?: string } };
  const code = cause?.code;
  const rolledBack = code !== undefined && NEVER_CONNECTED.has(code);
  const message = `the connection to Neon failed: ${cause?.message ?? error.message}`;
  return new DatabaseError('unavailable', message, { code, statement, rolledBack }, error);
}

/** The error of a response with a status other than 200 and 400. Its body is JSON, as for a 400, or a gateway's own text. */
function refused(
  status: number,
  body: string,
  cause: NeonDbError,
  statement: string | undefined,
  isTransaction: boolean,
): DatabaseError {
  const { message = '', code, severity } = parsed(body);
  const byText = kindOf(code ?? undefined, message);
  const kind = byText === 'bug' ? kindOfStatus(status) : byText;
  const rolledBack =
    kind === 'overload' ||
    status === 413 ||
    NOT_RUN.test(message) ||
    severity === 'FATAL' ||
    // if the result is too large, a transaction is rolled back, but a single statement may already be committed
    (status === 507 && isTransaction);
  const text = `Neon responded with ${status}: ${message}`;
  return new DatabaseError(kind, text, { code: code ?? `HTTP_${status}`, statement, rolledBack }, cause);
}

/** Whether the call is too large for HTTP and can safely run over the WebSocket instead. */
export const isTooLargeForHttp = (error: unknown, idempotent: boolean): boolean =>
  error instanceof DatabaseError &&
  ['HTTP_413', 'HTTP_507'].includes(error.fields.code ?? '') &&
  (error.fields.rolledBack || idempotent);

function kindOfStatus(status: number): DatabaseErrorKind {
  if (status === 429) return 'overload';
  if (status === 408 || status === 504) return 'timeout';
  return status >= 500 && status !== 507 ? 'unavailable' : 'bug';
}

function parsed(body: string): { message?: string; code?: string | null; severity?: string | null } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Neon sends every field, with null for those that do not apply. */
function known({ code, constraint, detail }: NeonDbError) {
  return { code: code ?? undefined, constraint: constraint ?? undefined, detail: detail ?? undefined };
}

/**
 * The statement that inserts into the table that the error names, or into the one in `while inserting index tuple (0,1) in
 * relation "ingest_batches"`.
 */
function insertingInto(error: unknown, statements: readonly Statement[]): Statement | undefined {
  const { table, where } = error instanceof NeonDbError ? error : {};
  const relation = table ?? /relation "(\w+)"/.exec(where ?? '')?.[1];
  if (relation === undefined) return undefined;
  return statements.find(({ text }) => new RegExp(`insert\\s+into\\s+(\\w+\\.)?${relation}\\b`, 'i').test(text));
}
