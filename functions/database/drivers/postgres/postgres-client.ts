import type pg from 'pg';
import type { ArrayParameter } from '../../database.ts';

/** A client of Postgres' protocol with the interface of `pg`: `pg` itself, or Neon's client over a WebSocket. */
export interface PostgresClient {
  readonly Pool: new (config: pg.PoolConfig) => pg.Pool;
  /** A binary COPY, if the client supports it. */
  readonly copyIn?: (client: pg.PoolClient, text: string, chunks: Iterable<readonly ArrayParameter[]>) => Promise<void>;
  /**
   * Begins a transaction together with its first statement, if the client supports this. Calls `onBegun` when the transaction
   * has a server.
   */
  readonly beginWith?: <R extends pg.QueryResultRow>(
    client: pg.PoolClient,
    statement: pg.QueryConfig,
    onBegun: () => void,
  ) => Promise<pg.QueryResult<R>>;
  /** Turns what the client throws into an Error. */
  readonly errorOf?: (thrown: unknown) => unknown;
}
