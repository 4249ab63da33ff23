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
  /** The URL of the pooler: RDS Proxy, PgBouncer or Neon's pooled host. Only migrations connect to Postgres itself. */
  readonly url: string;
  /** Makes a new password for each connection, as RDS IAM tokens require. Default: the password in the URL. */
  readonly password?: () => Promise<string>;
  /** Called when a password was refused, before one retry: a cached password may have been rotated. */
  readonly onPasswordRefused?: () => void;
  readonly applicationName: string;
  /** The longest wait for a connection, and then again for the pooler to assign a server. Milliseconds. */
  readonly acquireTimeoutMs: number;
  /** The longest run of one call once it has a server. It must exceed the role's statement_timeout. Milliseconds. */
  readonly queryTimeoutMs: number;
  /** A connection older than this is not used again. Seconds. */
  readonly recycleSeconds: number;
  /** Receives errors of an idle connection, which has no caller to throw them to. */
  readonly onIdleError: (error: Error) => void;
  /** Called at the end of every call. */
  readonly onCall?: ((call: ObservedCall) => void) | undefined;
}

/**
 * A connection that was idle for longer than this may have died while the environment was frozen, so it is checked before use.
 * Milliseconds.
 */
const SUSPECT_AFTER_MS = 30_000;

/**
 * The port's calls over Postgres' own protocol, with any client that implements it. Each execution environment has one
 * connection. Statements are unnamed and pipelined.
 *
 * A transaction pooler responds to BEGIN once it has assigned a server. This distinguishes an exhausted pool from a slow
 * statement. `transaction` waits for this response, so an exhausted pool has received no data. Then it sends the rest at once,
 * including COMMIT. `session` sends its first statement with BEGIN, under one Sync. COMMIT waits for the response to BEGIN, so
 * an exhausted pool commits nothing.
 */
export class PostgresPool {
  readonly #pool: pg.Pool;
  readonly #client: PostgresClient;
  readonly #options: PostgresOptions;
  readonly #lastUsed = new WeakMap<pg.PoolClient, number>();
  /** What the pooler has refused so far. */
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
    // without a listener, an error event would end the process; the pool listens while a connection is idle, this while it
    // is in use
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

  /** Like `#borrowOnce`. If the pooler refused pipelining, it runs once more, one statement at a time. */
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

  /** Lends `work` the connection for one call of limited time. Keeps the connection only if it is still usable. */
  async #borrowOnce<T>(
    options: CallOptions,
    observation: CallObservation,
    work: (call: PostgresCall) => Promise<T>,
  ): Promise<T> {
    const client = await this.#checkedOut(options, observation);
    // the mode can be changed between calls
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

  /** Connects. If the password is refused, it retries once with a new one. */
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
      // a connection that opens too late must not occupy the pool's only slot
      connecting.then(discard, () => undefined);
      throw late;
    }
  }
}

/**
 * Closes a connection without the protocol's Terminate, because it may be in a transaction or waiting for a response that never
 * arrives.
 */
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
 * A password in a connection string, even an empty one, would override a password function. So the URL is split into its parts
 * if there is a function.
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
    // every mode except `disable` verifies the certificate and its name: the weaker modes are not safe
    ...((searchParams.get('sslmode') ?? 'disable') === 'disable' ? {} : { ssl: { rejectUnauthorized: true } }),
  };
}

/**
 * 28P01 means a wrong password. 28000 means an invalid login, and RDS also rejects IAM tokens with it. PgBouncer uses 08P01, as
 * for all its errors.
 */
function isPasswordRefused(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Partial<pg.DatabaseError>;
  return code === '28P01' || code === '28000' || (code === '08P01' && /authentication failed/i.test(message ?? ''));
}
