import pg from 'pg';
import { type BoundStatement, bind, type SqlParameter } from './bind-parameters.ts';
import type { TextResult } from './encode-result.ts';
import { databaseError, ServiceError, StillRunning } from './service-error.ts';

export interface ConnectionLimits {
  /** The largest number of connections per login and database. */
  readonly poolSize: number;
  /** How long a call may wait for a connection. */
  readonly acquireTimeoutMs: number;
  /** How long a statement may run. */
  readonly statementTimeoutMs: number;
}

export interface Sql {
  readonly sql: string;
  readonly parameters?: readonly SqlParameter[];
  readonly continueAfterTimeout?: boolean;
}

/**
 * The service's own connections to the cluster's writer, lent per call or per transaction. They connect to PostgreSQL
 * without a pooler, like the service's: this is its pool.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #pools = new Map<string, pg.Pool>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /**
   * @throws ServiceError if no connection is available: login refused, no such database, server unreachable, or all in
   * use
   */
  async borrow(url: string): Promise<pg.PoolClient> {
    try {
      return await this.#pool(url).connect();
    } catch (error) {
      if (error instanceof Error && error.message.includes('timeout exceeded when trying to connect'))
        throw new ServiceError('DatabaseErrorException', 'FATAL: too many connections; SQLState: 53300', error);
      throw databaseError(error);
    }
  }

  /**
   * Runs one statement on a connection.
   * @throws ServiceError
   */
  async execute(
    client: pg.PoolClient,
    url: string,
    { sql, parameters = [], continueAfterTimeout }: Sql,
  ): Promise<TextResult> {
    const query = client.query(asText(bind(sql, parameters)));
    const { statementTimeoutMs } = this.#limits;
    let expired = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        expired = true;
        if (continueAfterTimeout) {
          const ended = query.then(
            () => true,
            () => false,
          );
          reject(new StillRunning(ended));
        } else {
          void this.#cancel(client, url);
        }
      }, statementTimeoutMs);
    });
    try {
      return await Promise.race([query, late]);
    } catch (error) {
      if (error instanceof StillRunning) throw error;
      if (expired) throw new ServiceError('StatementTimeoutException', 'Request timed out', error);
      throw databaseError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Cancels on a connection outside the pool, because every connection of the pool may be in use. */
  async #cancel(client: pg.PoolClient, url: string): Promise<void> {
    const { processID } = client as pg.PoolClient & { processID: number };
    const canceller = new pg.Client({ connectionString: url });
    canceller.on('error', () => undefined);
    try {
      await canceller.connect();
      await canceller.query('select pg_cancel_backend($1)', [processID]);
    } catch {
      // the statement then runs to its end
    } finally {
      await canceller.end().catch(() => undefined);
    }
  }

  #pool(url: string): pg.Pool {
    const known = this.#pools.get(url);
    if (known !== undefined) return known;
    const pool = new pg.Pool({
      connectionString: url,
      application_name: 'data-api',
      max: this.#limits.poolSize,
      connectionTimeoutMillis: this.#limits.acquireTimeoutMs,
      // short, because a test's database will be dropped
      idleTimeoutMillis: 1000,
      options: '-c TimeZone=UTC',
    });
    // an idle connection that breaks has no caller; the next caller gets another connection
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    this.#pools.set(url, pool);
    return pool;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }
}

/**
 * Values as PostgreSQL's text, rows as arrays, and the extended protocol, which accepts only one statement. pg reads
 * `types` both as the parameters' OIDs for the Parse message, and as the parsers of the returned values.
 */
const asText = ({ text, values, types }: BoundStatement): pg.QueryArrayConfig & { queryMode: 'extended' } => ({
  text,
  values,
  rowMode: 'array',
  queryMode: 'extended',
  types: Object.assign(types, { getTypeParser: () => (value: unknown) => value }) as unknown as pg.CustomTypesConfig,
});
