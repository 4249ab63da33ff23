import type pg from 'pg';
import type { ArrayParameter } from '../../database.ts';

/** A client of Postgres' protocol with the interface of `pg`: `pg` itself, or Neon's over a WebSocket. */
export interface PostgresClient {
  readonly Pool: new (config: pg.PoolConfig) => pg.Pool;
  readonly types: { getTypeParser(oid: number, format?: 'text' | 'binary'): unknown };
  /** A binary COPY, where the client can. */
  readonly copyIn?: (client: pg.PoolClient, text: string, chunks: Iterable<readonly ArrayParameter[]>) => Promise<void>;
  /** An Error for what the client throws that is none. */
  readonly errorOf?: (thrown: unknown) => unknown;
}
