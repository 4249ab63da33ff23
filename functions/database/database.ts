import type { DatabaseErrorKind } from './errors.ts';

/**
 * The database port: what every database backend can do. It is non-interactive on purpose. Neon over HTTP and the Data
 * API have no sessions, and without a session no state can leak through a transaction pooler.
 *
 * Terms: a **statement** is one constant SQL text with its values; a **backend** is how the service reaches Postgres (`pg` through
 * RDS Proxy or PgBouncer, Neon, the Data API); a **capability** is what one backend can do and another cannot.
 */

/** The Postgres types an array parameter can have. */
export type ElementType = 'int4' | 'int8' | 'float8' | 'timestamptz' | 'text';

/**
 * A whole column of values as one parameter, so that a statement's text is the same for 1 row and for 65,536.
 * Numbers carry NaN for null; `timestamptz` is microseconds since 1970; text carries null itself.
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
   * The largest result to expect, roughly. A backend whose results are limited then fetches a larger one in pieces at once,
   * instead of trying without first. So this is a matter of speed, and only for statements that read.
   */
  readonly expected?: { readonly rows: number; readonly rowBytes: number };
  /**
   * Whether doubles may come as Postgres' text, for a response that mostly consists of them: a number made of each text, and a
   * text made of each number, take longer than the rest of a row. A backend may return numbers all the same.
   */
  readonly doublesAsText?: boolean;
}

/** A row as every backend returns it: int8 as a number, timestamptz as ISO 8601 in UTC with six decimals, json parsed. */
export type Row = Record<string, unknown>;

/** Limits of one call, set by its caller. */
export interface CallOptions {
  /** The caller's own deadline, as epoch milliseconds. The call fails with `timeout` shortly before. */
  readonly deadline: number;
  /**
   * Whether running the whole call twice has the same effect as running it once. Then it may be retried even if the
   * connection broke after it was sent.
   */
  readonly idempotent: boolean;
}

/** How long before the deadline a driver gives up, so that the response can still be written. Milliseconds. */
export const DEADLINE_MARGIN_MS = 500;

/** What a backend can do. Code checks this, never which driver it has. */
export interface Capabilities {
  /** Whether a session's `copy` works. */
  readonly copy: boolean;
  /** Whether an error has Postgres' detail at any length. Otherwise only what fits into the message. */
  readonly errorDetail: boolean;
  /** Whether the pooler can have a console that shows the pool, as PgBouncer does. */
  readonly poolerView: boolean;
}

/** An open transaction, where the backend has them. */
export interface Session {
  run<R extends Row = Row>(statement: Statement): Promise<R[]>;
  /**
   * Runs a `copy … from stdin (format binary)`; requires `capabilities.copy`. Each chunk is columns of equal length, in
   * the order of the text's column list. Chunk k+1 is encoded while the server processes chunk k.
   */
  copy(text: string, chunks: Iterable<readonly ArrayParameter[]>): Promise<void>;
  /** Runs the last statement, and where the backend can, sends COMMIT with it in one round trip. Nothing may follow it. */
  finish<R extends Row = Row>(statement: Statement): Promise<R[]>;
}

/** A database backend. */
export interface Database {
  readonly capabilities: Capabilities;
  /**
   * Runs one statement in a transaction of its own, in one round trip. For reads: an exhausted pooler may still run the
   * statement after the caller got an error, which `transaction` rules out.
   * @throws DatabaseError
   */
  run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[]>;
  /**
   * Runs statements in one transaction and returns the rows of each. Any error rolls back all of it, including one that
   * the iterable throws.
   * @throws DatabaseError, or what the iterable threw
   */
  transaction(statements: Iterable<Statement>, options: CallOptions): Promise<Row[][]>;
  /**
   * One transaction whose statements may depend on each other's results; absent if a backend has no sessions.
   * `work` may run more than once if the options say idempotent, so it must not keep state outside.
   * @throws DatabaseError, or what `work` threw
   */
  session?<T>(work: (session: Session) => Promise<T>, options: CallOptions): Promise<T>;
  /**
   * Opens the connection before the first call; absent if a backend keeps none. A later call checks the connection if it
   * has not been used for long.
   * @throws DatabaseError
   */
  connectAhead?(options: CallOptions): Promise<void>;
  close(): Promise<void>;
}

/** The course of one call to the port, for metrics. Times in milliseconds. */
export interface ObservedCall {
  /** The names of the statements it sent, in order, of all attempts. */
  readonly statements: readonly string[];
  /**
   * The wait for a connection and, in a transaction, for the pooler to assign a server. Null if it cannot be measured
   * apart from the statement: without a transaction, on an open connection, the wait happens inside the pooler.
   */
  readonly acquireMs: number | null;
  /** The rest: statements, results, pauses between attempts. */
  readonly ms: number;
  readonly retries: number;
  /** How it failed, if the database or the connection to it was the cause. */
  readonly error?: DatabaseErrorKind | undefined;
}

/** The column form of an array parameter; shortens the SQL files. */
export const array = (element: ElementType, values: ArrayParameter['values']): ArrayParameter => ({ element, values });
