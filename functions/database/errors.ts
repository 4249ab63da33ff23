/**
 * What went wrong, classified by what a caller can do about it.
 * - `overload`: no connection was available in time; nothing was run.
 * - `unavailable`: the database or the pooler is unreachable, or the connection broke.
 * - `conflict`: blocked by another transaction (deadlock, serialization, lock timeout, archiving); rolled back.
 * - `constraint`: rejected by a constraint of the schema, or by `tick_store.refuse` (SQLSTATE TS001); rolled back.
 * - `timeout`: it took too long.
 * - `bug`: anything else, which the code should never have sent.
 */
export type DatabaseErrorKind = 'overload' | 'unavailable' | 'conflict' | 'constraint' | 'timeout' | 'bug';

/** Further details of a failure. */
export interface DatabaseErrorFields {
  /** Postgres' SQLSTATE, or Node's error code (ECONNREFUSED), if there is one. */
  readonly code?: string | undefined;
  readonly constraint?: string | undefined;
  readonly detail?: string | undefined;
  /** The failing statement's name. */
  readonly statement?: string | undefined;
  /** The SQL function of our schema in which it failed, if the backend reports it. */
  readonly sqlFunction?: string | undefined;
  /** True if it is certain that nothing of the call was committed. */
  readonly rolledBack: boolean;
}

/** The one error class of the port. Its message is for logs: it may name tables, so it never goes to a client. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly kind: DatabaseErrorKind;
  readonly fields: DatabaseErrorFields;

  constructor(kind: DatabaseErrorKind, message: string, fields: DatabaseErrorFields, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.fields = fields;
  }
}

/** SQLSTATE of `tick_store.refuse`, which ends a transaction deliberately. The error's detail is JSON. */
export const REFUSED = 'TS001';

/** Whether `tick_store.refuse` ended the transaction. @param reason if given, the error's message must contain it */
export const isRefused = (error: unknown, reason = ''): error is DatabaseError =>
  error instanceof DatabaseError && error.fields.code === REFUSED && error.message.includes(reason);

/**
 * SQLSTATEs of requests that a pooler does not support: feature_not_supported, and protocol violations that do not concern
 * the connection.
 */
const REFUSALS = new Set(['0A000', '08P01']);

/** Whether the pooler refused the request itself, rather than failing while it handled the request. */
export const isRefusedByPooler = ({ kind, fields }: DatabaseError): boolean =>
  kind === 'bug' && fields.code !== undefined && REFUSALS.has(fields.code);

/**
 * Whether a row found no partition, because the partition was archived after its writer had checked it. The writer then creates
 * it again.
 * @param code SQLSTATE; a missing partition has check_violation, and only the message distinguishes it from a check constraint
 */
export const isMissingPartition = (code: string | undefined, message: string): boolean =>
  code === '23514' && message.includes('no partition of relation');

/**
 * The innermost SQL function of our schema in an error's CONTEXT. The rest of the CONTEXT must not be kept: it can quote
 * values.
 * @param context Postgres' field `W`
 */
export const sqlFunctionIn = (context: string | null | undefined): string | undefined =>
  /^PL\/pgSQL function (?:tick_store\.)?(\w+)\(/m.exec(context ?? '')?.[1];

/**
 * Messages that decide the kind if the code does not. PgBouncer reports all its own errors as 08P01, which the standard defines
 * as a protocol violation. RDS Proxy reports an exhausted pool as 08000. The texts are from PgBouncer 1.18 to 1.25 and from the
 * documentation of RDS Proxy and Neon.
 */
const OVERLOAD_MESSAGE =
  /query_wait_timeout|no more connections allowed|client connections exceeded|too many (connections|clients|servers|database connection)|timed-out waiting to acquire|failed to acquire permit|rate limit|remaining connection slots|timeout exceeded when trying to connect/i;
const TIMEOUT_MESSAGE = /^(query[_ ]timeout|(idle )?transaction timeout)$/i;
const UNAVAILABLE_MESSAGE =
  /server (login|connection crashed|conn crashed|connection closed|closed|shutting down|dns lookup)|server down|connect(ion)? (was )?(failed|terminated|closed|timeout|refused|ended)|couldn't connect|cannot connect|not queryable|premature close|the database system is|pgbouncer (cannot|is shutting down)|control plane request failed|client_idle_timeout|bouncer config error|database configuration changed|terminating connection/i;

/**
 * Messages that, with code 08P01, mean a mistake in our code or in the configuration. Any other message with this code
 * concerns the connection. For example, PgBouncer reports `invalid server parameter` to a client whose server died while it
 * was being assigned. Other versions use other texts.
 */
const OUR_FAULT_MESSAGE =
  /unsupported startup parameter|bind message|prepared statement|frontend message|message (format|type|subtype)|in message|no such (database|user)|authentication|password|SASL|extended query protocol/i;

/** Codes for which the message decides: those of connections, resources, operator intervention and internal errors. */
const MESSAGE_DECIDES = /^(08|25P03|53|57P|XX)/;

const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006', // connection exceptions
  '25006', // read-only transaction: after a failover, the connection leads to a reader
  '53100', // disk full
  '57P01',
  '57P02',
  '57P03', // shutdown, crash, starting up
]);

/** The one place that reads SQLSTATEs and messages. */
export function kindOf(code: string | undefined, message: string): DatabaseErrorKind {
  // with any other code the message may quote a value, which can contain anything
  const words = code === undefined || MESSAGE_DECIDES.test(code) ? message : '';
  if (OVERLOAD_MESSAGE.test(words) || code === '53300' || code === '53400') return 'overload';
  if (code === '57014' || code === '25P04' || TIMEOUT_MESSAGE.test(words)) return 'timeout';
  if (code === '40001' || code === '40P01' || code === '55P03' || isMissingPartition(code, message)) return 'conflict';
  // a partition was attached between planning and insertion: the next plan includes it
  if (code === '23514' && /partition constraint/.test(message)) return 'conflict';
  if (code?.startsWith('23') || code === REFUSED) return 'constraint';
  if (code !== undefined && UNAVAILABLE_CODES.has(code)) return 'unavailable';
  if (UNAVAILABLE_MESSAGE.test(words)) return 'unavailable';
  if (code === '08P01' && !OUR_FAULT_MESSAGE.test(message)) return 'unavailable';
  // out of memory, or of shared memory for locks: not a question of the pool
  if (code === '53200' || code === '53000') return 'unavailable';
  return 'bug';
}
