import type { Environment } from '../../runtime/environment.ts';
import type { Database } from '../database.ts';
import type { PoolerConsoleView } from '../drivers/postgres/pgbouncer-console.ts';

export type { PoolerConsoleView };

/** PgBouncer's admin console, and the name of our database in it. */
export interface PoolerConsole {
  /** The database's name in the pooler, which is the one in our URL. */
  readonly databaseName: string;
  /** @throws DatabaseError */
  read(timeoutMs: number): Promise<PoolerConsoleView>;
}

/** The pooler's console, or null if the backend has none or its URL is not set. It connects on every `read`. */
export function connectPoolerConsole(environment: Environment, database: Database): PoolerConsole | null {
  const { POOLER_ADMIN_URL: url, DATABASE_URL, DATABASE_NAME } = environment;
  if (!database.capabilities.poolerView || url === undefined) return null;
  // a constant in the stack's bundles, so that the bundle of another driver does not contain this client
  if ((process.env.DATABASE_DRIVER ?? 'pg') === 'pg') {
    return {
      databaseName: DATABASE_URL === undefined ? DATABASE_NAME : new URL(DATABASE_URL).pathname.slice(1),
      read: async (timeoutMs) => {
        const { readConsole } = await import('../drivers/postgres/pgbouncer-console.ts');
        return readConsole(url, timeoutMs);
      },
    };
  }
  return null;
}
