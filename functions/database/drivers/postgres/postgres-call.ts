import type pg from 'pg';
import {
  type ArrayParameter,
  type CallOptions,
  DEADLINE_MARGIN_MS,
  type Row,
  type Session,
  type Statement,
} from '../../database.ts';
import { DatabaseError, kindOf, sqlFunctionIn } from '../../errors.ts';
import { addWait, type CallObservation } from '../observe-call.ts';
import type { PostgresClient } from './postgres-client.ts';
import { toQuery } from './to-query.ts';

/** The time limit for checking a connection that may be dead. A live one responds within a few milliseconds. */
export const CHECK_TIMEOUT_MS = 1_500;

/** How long one call may wait for a server, and then run. Milliseconds. */
export interface CallLimits {
  readonly acquireTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

/** One call on a borrowed connection. It sends the statements and tracks the outcome of the transaction. */
export class PostgresCall implements Session {
  readonly #client: pg.PoolClient;
  readonly #library: PostgresClient;
  readonly #limits: CallLimits;
  readonly #deadline: number;
  readonly #observation: CallObservation;
  /** Once true, the transaction may have been committed. */
  #commitSent = false;
  #inTransaction = false;
  /** Whether the next statement begins the transaction. */
  #beginsWithNext = false;
  readonly #begun = Promise.withResolvers<void>();
  /** The response to the previous statement, if statements are sent one by one. */
  #previous: Promise<unknown> = Promise.resolve();
  #abort: ((error: DatabaseError) => void) | undefined;

  constructor(
    client: pg.PoolClient,
    library: PostgresClient,
    limits: CallLimits,
    options: CallOptions,
    observation: CallObservation,
  ) {
    this.#client = client;
    this.#library = library;
    this.#observation = observation;
    this.#limits = limits;
    this.#deadline = options.deadline - DEADLINE_MARGIN_MS;
    this.#begun.promise.catch(() => undefined);
  }

  /** Set while a transaction is open. The connection must then not return to the pool. */
  get unfinished(): Error | undefined {
    return this.#inTransaction ? new Error('transaction left open') : undefined;
  }

  /** Runs `work`, and fails with `timeout` when the call's time is up. */
  async bounded<T>(work: (call: PostgresCall) => Promise<T>): Promise<T> {
    const limitMs = Math.max(
      0,
      Math.min(this.#limits.acquireTimeoutMs + this.#limits.queryTimeoutMs, this.#deadline - Date.now()),
    );
    const aborted = new Promise<never>((_, reject) => {
      this.#abort = reject;
    });
    const timer = setTimeout(() => this.#abort?.(this.#timeout(limitMs)), limitMs);
    try {
      const working = work(this);
      working.catch(() => undefined);
      return await Promise.race([working, aborted]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends BEGIN. Resolves once the transaction has a server. Statements may be sent before that, but COMMIT may not. */
  begin(): Promise<void> {
    const begun = Promise.withResolvers<void>();
    this.#send(BEGIN).then(() => begun.resolve(), begun.reject);
    return this.#begin(begun.promise);
  }

  /** Like `begin`, but BEGIN is sent with the next statement. */
  beginWithNext(): Promise<void> {
    this.#beginsWithNext = true;
    return this.#begun.promise;
  }

  #begin(response: Promise<void>): Promise<void> {
    this.#beginsWithNext = false;
    this.#inTransaction = true;
    this.#awaitServer(response).then(this.#begun.resolve, this.#begun.reject);
    return this.#begun.promise;
  }

  async #awaitServer(response: Promise<void>): Promise<void> {
    const waitMs = Math.max(0, Math.min(this.#limits.acquireTimeoutMs, this.#deadline - Date.now()));
    const late = () =>
      new DatabaseError('overload', `the pooler had no server within ${waitMs} ms`, { rolledBack: true });
    const started = performance.now();
    try {
      await within(response, waitMs, late);
    } finally {
      addWait(this.#observation, started);
    }
  }

  /** One statement in a transaction of its own, in one round trip. */
  async single<R extends Row = Row>(statement: Statement): Promise<R[]> {
    const begun = this.beginWithNext();
    const results = firstErrorOf([this.query<R>(statement), this.commit()]);
    results.catch(() => undefined);
    await begun;
    return (await results)[0] as R[];
  }

  async query<R extends Row = Row>(statement: Statement): Promise<R[]> {
    this.#observation.statements.push(statement.name);
    return (await (this.#beginsWithNext ? this.#sendFirst<R>(statement) : this.#send<R>(statement))).rows;
  }

  /**
   * Sends a statement together with BEGIN, so that it does not run if BEGIN fails. If statements are sent one by one, it is
   * sent after the response to BEGIN.
   */
  #sendFirst<R extends Row>(statement: Statement): Promise<pg.QueryResult<R>> {
    const { beginWith } = this.#library;
    if (beginWith === undefined || !this.#isPipelined) {
      const begun = this.begin();
      return this.#send<R>(statement, (query) => begun.then(() => this.#client.query<R>(query)));
    }
    const begun = Promise.withResolvers<void>();
    const sending = this.#send<R>(statement, (query) => beginWith(this.#client, query, begun.resolve));
    // either BEGIN failed, or the statement did; in the second case `begun` has resolved already and rejecting has no effect
    sending.catch(begun.reject);
    this.#begin(begun.promise);
    return sending;
  }

  async #send<R extends Row>(
    statement: Statement,
    send = (query: pg.QueryConfig) => this.#client.query<R>(query),
  ): Promise<pg.QueryResult<R>> {
    try {
      const query = toQuery(statement);
      return await this.#inTurn(() => send(query));
    } catch (error) {
      throw postgresError(this.#library, error, {
        statement: statement.name,
        rolledBack: !this.#commitSent || isRolledBack(error),
      });
    }
  }

  get #isPipelined(): boolean {
    return (this.#client as pg.PoolClient & { pipeline: boolean }).pipeline;
  }

  /** Sends at once on a pipelined connection. Otherwise it waits for the response to the previous statement, even an error. */
  #inTurn<T>(send: () => Promise<T>): Promise<T> {
    if (this.#isPipelined) return send();
    const sending = this.#previous.then(send, send);
    this.#previous = sending;
    return sending;
  }

  run<R extends Row = Row>(statement: Statement): Promise<R[]> {
    return this.query<R>(statement);
  }

  async copy(text: string, chunks: Iterable<readonly ArrayParameter[]>): Promise<void> {
    const { copyIn } = this.#library;
    if (copyIn === undefined) throw new Error('this backend has no COPY: its capabilities say so');
    this.#observation.statements.push('copy');
    if (this.#beginsWithNext) await this.begin();
    const source: { failed?: { error: unknown } } = {};
    function* watched() {
      try {
        yield* chunks;
      } catch (error) {
        source.failed = { error };
        throw error;
      }
    }
    try {
      await copyIn(this.#client, text, watched());
    } catch (error) {
      if (source.failed) throw source.failed.error;
      throw postgresError(this.#library, error, { statement: 'copy', rolledBack: true });
    }
  }

  async commit(): Promise<Row[]> {
    this.#commitSent = true;
    const { command, rows } = await this.#send(COMMIT);
    this.#inTransaction = false;
    // Postgres responds with ROLLBACK to the COMMIT of a transaction in which a statement has failed
    if (command === 'ROLLBACK') throw new DatabaseError('bug', 'the transaction had failed', { rolledBack: true });
    return rows;
  }

  async finish<R extends Row = Row>(statement: Statement): Promise<R[]> {
    const result = this.query<R>(statement);
    result.catch(() => undefined);
    await this.#begun.promise;
    const [rows] = await firstErrorOf<Row[]>([result, this.commit()]);
    return rows as R[];
  }

  /** Whether COMMIT has been sent or is not needed. */
  get isFinished(): boolean {
    return this.#commitSent || this.#beginsWithNext;
  }

  /** Whether BEGIN has been sent. */
  get isBegun(): boolean {
    return this.#inTransaction;
  }

  /** Rolls back if the connection still responds. The caller sees the error that led here. */
  async rollback(cause: unknown): Promise<void> {
    if (!this.#inTransaction) return;
    if (cause instanceof DatabaseError && (cause.kind === 'unavailable' || cause.kind === 'timeout')) return;
    try {
      await within(this.#send(ROLLBACK), CHECK_TIMEOUT_MS, () => new Error('no response to ROLLBACK'));
      this.#inTransaction = false;
    } catch {
      // because of `unfinished` the pool closes the connection, which also rolls back
    }
  }

  #timeout(limitMs: number): DatabaseError {
    return new DatabaseError('timeout', `no response within ${limitMs} ms`, { rolledBack: !this.#commitSent });
  }
}

const BEGIN: Statement = { name: 'begin', text: 'begin', values: [] };
const COMMIT: Statement = { name: 'commit', text: 'commit', values: [] };
const ROLLBACK: Statement = { name: 'rollback', text: 'rollback', values: [] };

/** Waits for all statements of a pipeline. Returns all rows, or throws the first error in the order of sending. */
export async function firstErrorOf<T>(results: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(results);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/**
 * The promise's result, or an error after a time limit.
 * @param late makes the error. It is called only when needed, because capturing a stack takes time and hardly any call is late
 */
export async function within<T>(promise: Promise<T>, timeMs: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeMs);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** An ERROR of the server ended the transaction. After a FATAL one or a broken connection the outcome is unknown. */
function isRolledBack(error: unknown): boolean {
  const { severity, code } = (error ?? {}) as Partial<pg.DatabaseError>;
  return severity === 'ERROR' && code !== '08P01';
}

/** The port's error for one of the client's. */
export function postgresError(
  library: PostgresClient,
  thrown: unknown,
  at: { statement: string; rolledBack: boolean },
): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown;
  const error = library.errorOf?.(thrown) ?? thrown;
  const { code, constraint, detail, where } = error as pg.DatabaseError;
  const sqlFunction = sqlFunctionIn(where);
  const message = error instanceof Error ? error.message : String(error);
  return new DatabaseError(kindOf(code, message), message, { code, constraint, detail, sqlFunction, ...at }, error);
}
