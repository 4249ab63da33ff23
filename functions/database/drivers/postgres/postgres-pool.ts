import type { Duplex } from 'node:stream';
import type pg from 'pg';
import {
  type CallOptions,
  DEADLINE_MARGIN_MS,
  type ObservedCall,
  type Row,
  type Session,
  type Statement,
} from '../../database.ts';
import { DatabaseError } from '../../errors.ts';
import { addWait, type CallObservation, observeCall } from '../observe-call.ts';
import { type PoolerFeatures, PoolerRefusals } from './pooler-refusals.ts';
import { CHECK_TIMEOUT_MS, firstErrorOf, PostgresCall, postgresError, within } from './postgres-call.ts';
import type { PostgresClient } from './postgres-client.ts';
import { typeParsers } from './type-parsers.ts';

/** How a `PostgresPool` connects, and its limits. */
export interface PostgresOptions extends PoolerFeatures {
  /** The pooler's URL (RDS Proxy, PgBouncer, Neon's pooled host). Never Postgres itself, save for migrations. */
  readonly url: string;
  /** Makes a new password for each connection, as RDS IAM tokens require. Without it the URL's password is used. */
  readonly password?: () => Promise<string>;
  /** Called when a password was refused, before one more attempt: a cached password may have been rotated. */
  readonly onPasswordRefused?: () => void;
  readonly applicationName: string;
  /** Longest wait for a connection, and then for the pooler to assign a server. Milliseconds. */
  readonly acquireTimeoutMs: number;
  /** Longest run of one call once it has a server. Milliseconds; above the role's statement_timeout. */
  readonly queryTimeoutMs: number;
  /** A connection older than this is not used again. Seconds. */
  readonly recycleSeconds: number;
  /** Receives errors of an idle connection, which has no caller to throw them to. */
  readonly onIdleError: (error: Error) => void;
  /** Called with every call when it has ended. */
  readonly onCall?: ((call: ObservedCall) => void) | undefined;
}

/** A connection unused for longer than this may have died while the environment was frozen: check before use. */
const SUSPECT_AFTER_MS = 30_000;

/**
 * The port's calls over Postgres' own protocol, with any client that implements it: one connection per execution
 * environment, statements unnamed and pipelined. A transaction pooler responds to BEGIN once it has assigned a server, so
 * an exhausted pool differs from a slow statement. A transaction waits for this response, so that an exhausted
 * pool has received no data. Then the rest is sent at once, including COMMIT. A session's first statement is sent with BEGIN,
 * under one Sync; COMMIT waits, so that an exhausted pool commits nothing.
 */
export class PostgresPool {
  readonly #pool: pg.Pool;
  readonly #client: PostgresClient;
  readonly #options: PostgresOptions;
  readonly #lastUsed = new WeakMap<pg.PoolClient, number>();
  /** What the pooler takes. */
  protected readonly refusals: PoolerRefusals;

  constructor(client: PostgresClient, options: PostgresOptions) {
    this.#client = client;
    this.#options = options;
    this.refusals = new PoolerRefusals(options);
    this.#pool = new client.Pool({
      ...addressOf(options),
      application_name: options.applicationName,
      max: 1,
      connectionTimeoutMillis: options.acquireTimeoutMs,
      // timers do not run while an environment is frozen, so age and liveness are checked at use
      idleTimeoutMillis: 0,
      maxLifetimeSeconds: options.recycleSeconds,
      keepAlive: true,
      allowExitOnIdle: true,
      pipeline: this.refusals.pipelines,
      types: typeParsers,
    } as pg.PoolConfig);
    // without a listener the end of a connection would end the process: the pool listens while it is idle, this while in use
    this.#pool.on('error', (error) => options.onIdleError((client.errorOf?.(error) ?? error) as Error));
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async run<R extends Row = Row>(statement: Statement, options: CallOptions): Promise<R[]> {
    return this.#observed(
      (observation) => this.#borrow(options, observation, (call) => call.single<R>(statement)),
      options,
    );
  }

  async transaction(statements: Iterable<Statement>, options: CallOptions): Promise<Row[][]> {
    const list = Array.isArray(statements) ? statements : [...statements];
    return this.#observed(
      (observation) =>
        this.#borrow(options, observation, async (call) => {
          await call.begin();
          const results = list.map((statement) => call.query(statement));
          results.push(call.commit());
          return (await firstErrorOf(results)).slice(0, -1);
        }),
      options,
    );
  }

  async session<T>(work: (session: Session) => Promise<T>, options: CallOptions): Promise<T> {
    return this.#observed(
      (observation) =>
        this.#borrow(options, observation, async (call) => {
          const begun = call.beginWithNext();
          const working = work(call);
          // without a statement, nothing begins
          await Promise.race([begun, working.catch(() => undefined)]);
          if (call.isBegun) await begun;
          try {
            const result = await working;
            if (!call.isFinished) await call.commit();
            return result;
          } catch (error) {
            await call.rollback(error);
            throw error;
          }
        }),
      options,
    );
  }

  async connectAhead(options: CallOptions): Promise<void> {
    const client = await this.#connect(options);
    this.#lastUsed.set(client, Date.now());
    client.release();
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #observed<T>(attempt: (observation: CallObservation) => Promise<T>, options: CallOptions): Promise<T> {
    return observeCall(attempt, options, this.#options.onCall);
  }

  /** As `#borrowOnce`, and once more where the pooler has refused pipelining: then one statement at a time. */
  async #borrow<T>(
    options: CallOptions,
    observation: CallObservation,
    work: (call: PostgresCall) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#borrowOnce(options, observation, work);
    } catch (error) {
      if (!this.refusals.learn(error, options.idempotent)) throw error;
      return this.#borrowOnce(options, observation, work);
    }
  }

  /** Gives `work` the connection for one call, bounded in time, and keeps the connection only if it is still good. */
  async #borrowOnce<T>(
    options: CallOptions,
    observation: CallObservation,
    work: (call: PostgresCall) => Promise<T>,
  ): Promise<T> {
    const client = await this.#checkedOut(options, observation);
    // between calls the mode can be changed
    (client as pg.PoolClient & { pipeline: boolean }).pipeline = this.refusals.pipelines;
    const call = new PostgresCall(client, this.#client, this.#options, options, observation);
    let broken: Error | undefined;
    try {
      return await call.bounded(work);
    } catch (error) {
      const mapped = error instanceof DatabaseError ? error : undefined;
      if (mapped === undefined) throw error;
      // only an error from Postgres itself leaves the connection in a known state
      if (mapped.kind !== 'constraint' && mapped.kind !== 'conflict') broken = mapped;
      throw mapped;
    } finally {
      this.#lastUsed.set(client, Date.now());
      const fault = broken ?? call.unfinished;
      if (fault === undefined) client.release();
      else discard(client);
    }
  }

  async #checkedOut(options: CallOptions, observation: CallObservation): Promise<pg.PoolClient> {
    if (this.#pool.idleCount > 0) return this.#checked(options);
    const started = performance.now();
    try {
      return await this.#checked(options);
    } finally {
      addWait(observation, started);
    }
  }

  async #checked(options: CallOptions): Promise<pg.PoolClient> {
    const client = await this.#connect(options);
    const lastUsed = this.#lastUsed.get(client);
    if (lastUsed === undefined || Date.now() - lastUsed < SUSPECT_AFTER_MS) return client;
    if (await isAlive(client)) return client;
    discard(client);
    return this.#connect(options);
  }

  /** A connection. If the password is refused, one more attempt with a fresh one. */
  async #login(): Promise<pg.PoolClient> {
    const { onPasswordRefused } = this.#options;
    try {
      return await this.#pool.connect();
    } catch (error) {
      if (onPasswordRefused === undefined || !isPasswordRefused(error)) throw error;
      onPasswordRefused();
      return this.#pool.connect();
    }
  }

  async #connect(options: CallOptions): Promise<pg.PoolClient> {
    const waitMs = Math.min(this.#options.acquireTimeoutMs, options.deadline - DEADLINE_MARGIN_MS - Date.now());
    if (waitMs <= 0) throw new DatabaseError('timeout', 'no time left to connect', { rolledBack: true });
    const connecting = this.#login();
    let late: DatabaseError | undefined;
    const expire = () => {
      late = new DatabaseError('overload', `no connection within ${waitMs} ms`, { rolledBack: true });
      return late;
    };
    try {
      return await within(connecting, waitMs, expire);
    } catch (error) {
      if (error !== late) throw postgresError(this.#client, error, { statement: 'connect', rolledBack: true });
      // a connection that comes too late must not occupy the pool's only place
      connecting.then(discard, () => undefined);
      throw late;
    }
  }
}

/** Closes a connection without the protocol's Terminate: it may wait for a response that never comes, or be in a transaction. */
function discard(client: pg.PoolClient): void {
  client.release(true);
  (client as pg.PoolClient & { connection: { stream: Duplex } }).connection.stream.destroy();
}

async function isAlive(client: pg.PoolClient): Promise<boolean> {
  try {
    await within(client.query('select 1'), CHECK_TIMEOUT_MS, () => new Error('no response'));
    return true;
  } catch {
    return false;
  }
}

/**
 * A connection string's own password, even an empty one, would replace a password that is a function. So with a function
 * the URL is taken apart.
 */
function addressOf({ url, password }: PostgresOptions): pg.PoolConfig {
  if (password === undefined) return { connectionString: url };
  const { hostname, port, username, pathname, searchParams } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    password,
    // every mode but `disable` checks the certificate and its name: the weaker ones would not be safe
    ...((searchParams.get('sslmode') ?? 'disable') === 'disable' ? {} : { ssl: { rejectUnauthorized: true } }),
  };
}

/**
 * 28P01: wrong password; 28000: no such login, which is also how RDS rejects an IAM token. PgBouncer uses 08P01, as for all
 * its errors.
 */
function isPasswordRefused(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Partial<pg.DatabaseError>;
  return code === '28P01' || code === '28000' || (code === '08P01' && /authentication failed/i.test(message ?? ''));
}
