import { DatabaseError, type DatabaseErrorKind, kindOf, REFUSED } from '../../errors.ts';

/** An error of the service, or of the network. */
interface ServiceFault {
  readonly name: string;
  readonly message: string;
  /** Node's error code, if the network failed. */
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Errors of the service that mean that nothing was run: the cluster is resuming, or there were too many calls. */
const NOT_RUN: Readonly<Record<string, DatabaseErrorKind>> = {
  DatabaseResumingException: 'unavailable',
  ThrottlingException: 'overload',
  TooManyRequestsException: 'overload',
};

const KINDS: Readonly<Record<string, DatabaseErrorKind>> = {
  ...NOT_RUN,
  StatementTimeoutException: 'timeout',
  TransactionNotFoundException: 'unavailable',
  DatabaseUnavailableException: 'unavailable',
  DatabaseNotFoundException: 'unavailable',
  InvalidResourceStateException: 'unavailable',
  ServiceUnavailableError: 'unavailable',
  InternalServerErrorException: 'unavailable',
  SecretsErrorException: 'unavailable',
  TimeoutError: 'unavailable',
};

/**
 * Messages for a cluster that was paused, as Serverless v1 words it, or for an abandoned call of this service that still runs.
 */
const UNAVAILABLE_MESSAGE = /communications link failure|transaction is still running/i;
/** Messages from the troubleshooting page of the user guide. The API reference has UnsupportedResultException for the same. */
const TOO_LARGE_MESSAGE = /response exceeded size limit|packet for query is too large|size was too large/i;
/** Node's error codes for a connection that was never established. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Whether the service has run nothing, so that the same call may be retried. */
export const isNotRun = (error: unknown): error is ServiceFault =>
  (error as ServiceFault | null)?.name !== undefined && (error as ServiceFault).name in NOT_RUN;

/** Whether the service ran nothing because there were too many calls. */
export const isThrottled = (error: unknown): boolean => isNotRun(error) && NOT_RUN[error.name] === 'overload';

/** Whether the service stopped waiting for a statement, judged by an error of `dataApiError`. */
export const isStatementTimeout = (error: unknown): boolean => nameOfCause(error) === 'StatementTimeoutException';

/** Whether a call was refused because the previous one has not ended. */
export const isStillRunning = (error: unknown): boolean =>
  error instanceof DatabaseError && /transaction is still running/i.test(error.message);

/** Whether the transaction has already ended, by a statement's error or by a time limit. */
export const isTransactionGone = (error: unknown): boolean =>
  nameOfCause(error) === 'TransactionNotFoundException' || (error as DatabaseError).fields?.code === '25P02';

const nameOfCause = (error: unknown): string | undefined => ((error as Error).cause as Error | undefined)?.name;

/** Whether a result was larger than the service returns in one call. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof DatabaseError && error.kind === 'bug' && TOO_LARGE_MESSAGE.test(error.message);

/**
 * Converts an error of the client to the port's error. The service reports an error of Postgres as
 * `ERROR: duplicate key value violates unique constraint "x"; SQLState: 23505`. Lines for the position and, in some versions,
 * for the detail can stand in between. The service returns no other field of the error.
 * @param at.rolledBack whether the transaction cannot have been committed, whatever happened to this call
 */
export function dataApiError(error: unknown, at: { statement: string; rolledBack: boolean }): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const fault = error as ServiceFault;
  const message = error instanceof Error ? error.message : String(error);
  const found = /^(?:(\w+): )?([\s\S]*); SQLState: ([0-9A-Z]{5})\s*$/.exec(message);
  if (found !== null) {
    const [, severity, text = '', code = ''] = found;
    // an ERROR has rolled back its transaction; FATAL ends the connection, which may happen after a commit
    const rolledBack = at.rolledBack || severity === 'ERROR';
    return new DatabaseError(kindOf(code, text), text, { ...at, ...detailsOf(code, text), code, rolledBack }, error);
  }
  const { name, code } = fault;
  const rolledBack = at.rolledBack || isNotRun(error) || NEVER_SENT.has(code ?? '');
  return new DatabaseError(kindOfFault(fault, message), `${name}: ${message}`, { ...at, code, rolledBack }, error);
}

function kindOfFault({ name, code, $metadata }: ServiceFault, message: string): DatabaseErrorKind {
  const kind = KINDS[name];
  if (kind !== undefined) return kind;
  if (UNAVAILABLE_MESSAGE.test(message)) return 'unavailable';
  // a network failure has Node's error code; a gateway's error has only a status
  if (code !== undefined) return kindOf(code, message);
  return ($metadata?.httpStatusCode ?? 0) >= 500 ? 'unavailable' : 'bug';
}

/** The constraint and the detail, if the message contains them. `tick_store.refuse` puts its detail into the message. */
function detailsOf(code: string, message: string): { constraint?: string; detail?: string } {
  const [first = ''] = message.split('\n', 1);
  if (code === REFUSED) {
    const start = message.indexOf('{');
    return start === -1 ? {} : { detail: message.slice(start, message.lastIndexOf('}') + 1) };
  }
  if (!code.startsWith('23')) return {};
  // the last name in quotes after the word: "violates foreign key constraint "fk" on table "t""
  const constraint = /constraint "([^"]+)"/.exec(first)?.[1];
  const detail = /\n\s*Detail: ([\s\S]*?)(?:\n\s*(?:Hint|Position|Where): |$)/.exec(message)?.[1];
  return { ...(constraint === undefined ? {} : { constraint }), ...(detail === undefined ? {} : { detail }) };
}
