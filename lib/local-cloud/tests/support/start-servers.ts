import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import type { DatabaseNames, PoolerSettings } from '../../servers/database-specification.ts';
import { type LocalPgBouncer, type PgBouncerOptions, startPgBouncer } from '../../servers/pgbouncer.ts';
import { type LocalPostgres, type PostgresServerOptions, startPostgres } from '../../servers/postgres.ts';
import { withClient } from '../../servers/postgres-cluster.ts';
import { fastDirectory } from './fast-directory.ts';

export const names: DatabaseNames = {
  database: 'shop',
  owner: 'shop_owner',
  application: 'shop_app',
  monitor: 'shop_monitor',
};

export const pooler: PoolerSettings = {
  baseConnections: 20,
  overflowConnections: 50,
  acquireTimeoutSeconds: 30,
  recycleSeconds: 3600,
  checkBeforeUse: true,
};

/** Starts servers for the tests of one file. Whatever a test did not stop is stopped after it. */
export interface StartedServers {
  /** An empty directory of this file, which the account that runs the servers for root can pass. */
  readonly root: string;
  /** What the servers said in this test, a line per entry. */
  readonly printed: string[];
  readonly print: (line: string) => void;
  /** What this test started and did not stop itself, last started first. */
  readonly running: { stop(): Promise<void> }[];
  start(dataDirectory: string, options?: Partial<PostgresServerOptions>): Promise<LocalPostgres>;
  startPooler(postgres: LocalPostgres, options?: Partial<PgBouncerOptions>): Promise<LocalPgBouncer>;
}

/** Called once, at the top of a test file. */
export function startServers(): StartedServers {
  const root = mkdtempSync(join(fastDirectory(), 'tick-store-local-'));
  chmodSync(root, 0o711);
  const printed: string[] = [];
  const print = (line: string): void => void printed.push(line);
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    printed.length = 0;
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return {
    root,
    printed,
    print,
    running,
    start: async (dataDirectory, options = {}) => {
      const postgres = await startPostgres({ dataDirectory, names, print, ...options });
      running.unshift(postgres);
      return postgres;
    },
    startPooler: async (postgres, options = {}) => {
      const started = await startPgBouncer({ dataDirectory: postgres.directory, postgres, pooler, print, ...options });
      running.unshift(started);
      return started;
    },
  };
}

/** The rows of one statement, on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return await withClient(url, async (client) => (await client.query(sql)).rows);
}
