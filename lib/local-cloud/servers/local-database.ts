import { PostgresDatabase } from '../../../functions/database/drivers/postgres/postgres-database.ts';
import { migrate, readMigrations } from '../../../functions/database/run-migrations.ts';
import type { Settings } from '../../config/schema.ts';
import { type LocalPgBouncer, startPgBouncer } from './pgbouncer.ts';
import { type LocalPostgres, startPostgres } from './postgres.ts';
import { identify, sendSignal } from './process-table.ts';
import { Supervised } from './supervise.ts';

export const MIGRATIONS = new URL('../../../functions/database/migrations/', import.meta.url);

/** How long all migrations together may take. */
const MIGRATION_TIME_MS = 60_000;

export interface LocalDatabase {
  /** The one that runs now, where supervision may replace it. */
  readonly postgres: LocalPostgres;
  /** The same. */
  readonly pooler: LocalPgBouncer;
  /**
   * Kills a server as a crash would, and keeps it down although it is supervised.
   * @returns what lets it be started again; resolves when it runs
   * @throws Error where it is kept down already, or nobody supervises it
   */
  holdDown(which: 'postgres' | 'pooler'): () => Promise<void>;
  /** Stops the pooler, then Postgres. Safe to call again. */
  stop(): Promise<void>;
}

export interface LocalDatabaseOptions {
  readonly dataDirectory: string;
  readonly pooler: Settings['pooler'];
  readonly print: (line: string) => void;
  /** Whether the schema is brought up to date here. Default true; `npm start` leaves it to the stack's own function. */
  readonly migrates?: boolean;
  /** PgBouncer settings that a test needs different. */
  readonly overrides?: Record<string, string>;
  /**
   * With it a server that dies is started again at its port, and this is called when that has failed too often. Without
   * it a dead server stays dead.
   */
  readonly onGivenUp?: (error: Error) => void;
}

/**
 * Starts Postgres, brings its schema up to date over a direct connection unless somebody else will, and puts PgBouncer in
 * front of it.
 */
export async function startLocalDatabase(options: LocalDatabaseOptions): Promise<LocalDatabase> {
  const { dataDirectory, pooler: settings, print, overrides = {}, migrates = true, onGivenUp } = options;
  const startServer = (at: { port?: number }) => startPostgres({ dataDirectory, print, pooler: settings, ...at });
  const startPooler = (at: { port?: number }) =>
    startPgBouncer({ dataDirectory, postgres: postgres.current, pooler: settings, print, overrides, ...at });

  const postgres = new Supervised(await startServer({}), {
    name: 'PostgreSQL',
    restart: ({ port }) => startServer({ port }),
    print,
  });
  try {
    const applied = migrates ? await migrateDatabase(postgres.current.ownerUrl) : [];
    if (applied.length > 0) print(`Migrated: ${applied.join(', ')}`);
    const pooler = new Supervised(await startPooler({}), {
      name: 'PgBouncer',
      restart: async ({ port }) => {
        await postgres.settled();
        return await startPooler({ port });
      },
      print,
    });
    if (onGivenUp !== undefined) for (const server of [postgres, pooler]) server.watch(onGivenUp);
    return {
      get postgres() {
        return postgres.current;
      },
      get pooler() {
        return pooler.current;
      },
      holdDown: (which) => {
        if (onGivenUp === undefined) throw new Error('what nobody supervises would stay down');
        // immediate shutdown ends PostgreSQL's sessions as a crash does, and leaves none of its processes behind
        if (which === 'postgres') return postgres.hold(({ pid }) => sendSignal(identify(pid), 'SIGQUIT'));
        return pooler.hold(({ pid }) => sendSignal(identify(pid), 'SIGKILL'));
      },
      stop: async () => {
        // First of all, because a pooler that is being restarted waits for Postgres.
        postgres.cancelRestarts();
        try {
          await pooler.stop();
        } finally {
          await postgres.stop();
        }
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Applies what is missing, as the owner and not through the pooler. */
export async function migrateDatabase(ownerUrl: string): Promise<string[]> {
  const database = ownerDatabase(ownerUrl);
  try {
    return await migrate(database, await readMigrations(MIGRATIONS), Date.now() + MIGRATION_TIME_MS);
  } finally {
    await database.close();
  }
}

/** The port as the schema's owner, for migrations and seeds. */
export function ownerDatabase(ownerUrl: string): PostgresDatabase {
  return new PostgresDatabase({
    url: ownerUrl,
    applicationName: 'tick-store-owner',
    acquireTimeoutMs: 5_000,
    queryTimeoutMs: MIGRATION_TIME_MS,
    recycleSeconds: 3600,
    onIdleError: () => undefined,
  });
}
