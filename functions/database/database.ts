import type { DatabaseErrorKind } from './errors.ts';

/**
 * The database port: what every database backend can do. It is deliberately non-interactive. Neon over HTTP and the Data
 * API have no sessions, and without a session no state can leak through a transaction pooler.
 *
 * Terms:
 * - A **statement** is one constant SQL text with its values.
 * - A **backend** is how the service reaches Postgres: `pg` through RDS Proxy or PgBouncer, Neon, or the Data API.
 * - A **capability** is something that one backend can do and another cannot.
 */

/** The Postgres types that the elements of an array parameter can have. */
export type ElementType = 'int4' | 'int8' | 'float8' | 'timestamptz' | 'text';

/**
 * A whole column of values as one parameter, so that a statement's text is the same for 1 row and for 65,536. In columns of
 * numbers, NaN stands for null. A `timestamptz` is in microseconds since 1970. Columns of text contain null itself.
 */
export interface ArrayParameter {
  readonly element: ElementType;
  readonly values: ArrayLike<number> | ArrayLike<string | null>;
}

/** A value for a placeholder. Every placeholder is cast in the SQL, so no backend has to guess its type. */
export type Parameter = string | number | boolean | null | Uint8Array | ArrayParameter;

/** One SQL statement. Logs, metrics and errors use its name; it is never sent as a prepared statement's name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Parameter[];
  /**
   * An estimate of the largest result. A backend that limits the size of results fetches a larger one in pieces from the start,
   * instead of failing first. It affects speed only, and only for statements that read.
   */
  readonly expected?: { readonly rows: number; readonly rowBytes: number };
  /**
   * Whether doubles may be returned as Postgres' text, for a response that consists mostly of doubles. To parse each text
   * and to write each number again takes longer than the rest of a row. A backend may still return numbers.
   */
  readonly doublesAsText?: boolean;
}

/** A row as every backend returns it: int8 as a number, timestamptz as ISO 8601 in UTC with six decimals, JSON parsed. */
export type Row = Record<string, unknown>;

/** Limits of one call, set by its caller. */
export interface CallOptions {
  /** The caller's own deadline, as epoch milliseconds. The call fails with `timeout` shortly before. */
  readonly deadline: number;
  /**
   * Whether running the whole call twice has the same effect as running it once. If so, it may be retried even if the
   * connection broke after it was sent.
   */
  readonly idempotent: boolean;
}

/** How long before the deadline a driver gives up, so that the response can still be written. Milliseconds. */
export const DEADLINE_MARGIN_MS = 500;

/** What a backend can do. Code checks capabilities, never which driver is in use. */
export interface Capabilities {
  /** Whether a session's `copy` works. */
  readonly copy: boolean;
  /** Whether errors have Postgres' full detail. If not, they have only what fits into the message. */
  readonly errorDetail: boolean;
  /** Whether the pooler can have a console that shows the pool, as PgBouncer does. */
  readonly poolerView: boolean;
}

/** An open transaction, on backends that support sessions. */
export interface Session {
  run<R extends Row = Row>(statement: Statement): Promise<R[]>;
  /**
   * Runs a `copy … from stdin (format binary)`; requires `capabilities.copy`. Each chunk is columns of equal length, in
   * the order of the text's column list. Chunk k+1 is encoded while the server processes chunk k.
   */
  copy(text: string, chunks: Iterable<readonly ArrayParameter[]>): Promise<void>;
  /** Runs the last statement. If the backend can, it sends COMMIT in the same round trip. Nothing may follow. */
  finish<R extends Row = Row>(statement: Statement): Promise<R[]>;
}

/** A database backend. */
export interface Database {
  readonly capabilities: Capabilities;
  /**
   * Runs one statement in a transaction of its own, in one round trip. Only for reads: if the pooler is exhausted, the
   * statement may still run after the caller got an error. `transaction` rules this out.
   * @throws DatabaseError
   */
  run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[]>;
  /**
   * Runs statements in one transaction and returns the rows of each. Any error rolls back the whole transaction, including
   * an error that the iterable throws.
   * @throws DatabaseError, or what the iterable threw
   */
  transaction(statements: Iterable<Statement>, options: CallOptions): Promise<Row[][]>;
  /**
   * Runs one transaction whose statements may depend on each other's results. Absent if the backend has no sessions.
   * If the call is idempotent, `work` may run more than once, so it must not change anything outside.
   * @throws DatabaseError, or what `work` threw
   */
  session?<T>(work: (session: Session) => Promise<T>, options: CallOptions): Promise<T>;
  /**
   * Opens the connection before the first call. Absent if the backend keeps no connection. A later call checks the
   * connection if it has been idle for long.
   * @throws DatabaseError
   */
  connectAhead?(options: CallOptions): Promise<void>;
  close(): Promise<void>;
}

/** What happened during one call to the port, for metrics. Times are in milliseconds. */
export interface ObservedCall {
  /** The names of the statements that were sent, in order, of all attempts. */
  readonly statements: readonly string[];
  /**
   * The wait for a connection and, in a transaction, for the pooler to assign a server. Null if it cannot be measured
   * apart from the statement: without a transaction, on an open connection, the wait happens inside the pooler.
   */
  readonly acquireMs: number | null;
  /** The rest of the time: statements, results, pauses between attempts. */
  readonly ms: number;
  readonly retries: number;
  /** How it failed, if the database or the connection to it was the cause. */
  readonly error?: DatabaseErrorKind | undefined;
}

/** Makes an array parameter. It keeps the files of statements short. */
export const array = (element: ElementType, values: ArrayParameter['values']): ArrayParameter => ({ element, values });
