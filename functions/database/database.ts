import type { DatabaseErrorKind } from './errors.ts';

/**
 * The database port: what every backend to Postgres can do. It is non-interactive on purpose: Neon over HTTP and the Data
 * API have no sessions, and without one nothing can leak through a transaction pooler.
 *
 * Terms: a **statement** is one constant SQL text with its values; a **backend** is how we reach Postgres (`pg` through
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

/** One SQL statement. The name is what logs, metrics and errors call it; it is never sent as a prepared statement's. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly Parameter[];
  /**
   * The largest result to expect, roughly. A backend whose results are limited then fetches a larger one in pieces at once,
   * instead of trying without first. So this is a matter of speed, and only for statements that read.
   */
  readonly expected?: { readonly rows: number; readonly rowBytes: number };
}

/** A row as every backend returns it: int8 as a number, timestamptz as ISO 8601 in UTC with six decimals, json parsed. */
export type Row = Record<string, unknown>;

export interface CallOptions {
  /** When the caller's own time is up, as epoch milliseconds. The call fails with `timeout` shortly before. */
  readonly deadline: number;
  /**
   * True where running the whole call twice has the effect of running it once, so that it may be tried again even when
   * the connection broke after it was sent.
   */
  readonly idempotent: boolean;
}

/** What a driver leaves of the deadline, for the answer to be written. Milliseconds. */
export const DEADLINE_MARGIN_MS = 500;

/** What a backend can do. Code asks this, never which driver it has. */
export interface Capabilities {
  /** Whether a session's `copy` works. */
  readonly copy: boolean;
  /** Whether an error has Postgres' detail, however long; without it only what the message has room for. */
  readonly errorDetail: boolean;
  /** Whether the pooler can have a console (PgBouncer's) that shows the pool. */
  readonly poolerView: boolean;
}

/** An open transaction, where the backend has them. */
export interface Session {
  run<R extends Row = Row>(statement: Statement): Promise<R[]>;
  /**
   * Runs a `copy … from stdin (format binary)`, where the capabilities have it. Each chunk is columns of equal length, in the order of the text's column
   * list; chunk k+1 is made and encoded while the server works on chunk k.
   */
  copy(text: string, chunks: Iterable<readonly ArrayParameter[]>): Promise<void>;
}

export interface Database {
  readonly capabilities: Capabilities;
  /**
   * Runs one statement in a transaction of its own, in one round trip. For reads: a pooler that is exhausted may run the
   * statement after the caller was told so, which `transaction` rules out.
   * @throws DatabaseError
   */
  run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[]>;
  /**
   * Runs statements in one transaction and answers each one's rows. Any error, also one that the iterable throws, rolls
   * all of it back.
   * @throws DatabaseError, or what the iterable threw
   */
  transaction(statements: Iterable<Statement>, options: CallOptions): Promise<Row[][]>;
  /**
   * One transaction whose statements may depend on each other's results; absent where a backend has no sessions.
   * `work` may run more than once when the options say idempotent, so it must keep nothing outside.
   * @throws DatabaseError, or what `work` threw
   */
  session?<T>(work: (session: Session) => Promise<T>, options: CallOptions): Promise<T>;
  close(): Promise<void>;
}

/** One call to the port, as it went: for metrics. Times in milliseconds. */
export interface ObservedCall {
  /** The names of the statements it sent, in order; those of every attempt. */
  readonly statements: readonly string[];
  /**
   * The wait for a connection and, in a transaction, for the pooler to give it a server. Null where it cannot be told
   * from the statement: one without a transaction, on a connection that stands, waits for its server inside the pooler.
   */
  readonly acquireMs: number | null;
  /** All the rest: statements, answers, pauses between attempts. */
  readonly ms: number;
  readonly retries: number;
  /** How it failed, where the database or the way to it was the cause. */
  readonly error?: DatabaseErrorKind | undefined;
}

/** The column form of an array parameter; shortens the SQL files. */
export const array = (element: ElementType, values: ArrayParameter['values']): ArrayParameter => ({ element, values });
