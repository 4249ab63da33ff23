import { PgDatabase } from '../../functions/database/drivers/pg.ts';
import { migrate, readMigrations } from '../../functions/database/migrate.ts';
import type { Settings } from '../config/schema.ts';
import { type LocalPgBouncer, startPgBouncer } from './pgbouncer.ts';
import { type LocalPostgres, startPostgres } from './postgres.ts';

export const MIGRATIONS = new URL('../../functions/database/migrations/', import.meta.url);

/** How long all migrations together may take. */
const MIGRATION_TIME_MS = 60_000;

export interface LocalDatabase {
  readonly postgres: LocalPostgres;
  readonly pooler: LocalPgBouncer;
  /** Stops the pooler, then Postgres. */
  stop(): Promise<void>;
}

export interface LocalDatabaseOptions {
  readonly dataDirectory: string;
  readonly pooler: Settings['pooler'];
  readonly print: (line: string) => void;
  /** PgBouncer settings that a test needs different. */
  readonly overrides?: Record<string, string>;
}

/** Starts Postgres, brings its schema up to date over a direct connection, and puts PgBouncer in front of it. */
export async function startLocalDatabase(options: LocalDatabaseOptions): Promise<LocalDatabase> {
  const { dataDirectory, pooler: settings, print, overrides } = options;
  const postgres = await startPostgres({ dataDirectory, print, pooler: settings });
  try {
    const applied = await migrateDatabase(postgres.ownerUrl);
    if (applied.length > 0) print(`Migrated: ${applied.join(', ')}`);
    const pooler = await startPgBouncer({
      dataDirectory,
      postgres,
      pooler: settings,
      print,
      ...(overrides ? { overrides } : {}),
    });
    return {
      postgres,
      pooler,
      stop: async () => {
        await pooler.stop();
        await postgres.stop();
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
export function ownerDatabase(ownerUrl: string): PgDatabase {
  return new PgDatabase({
    url: ownerUrl,
    applicationName: 'tick-store-owner',
    acquireTimeoutMs: 5_000,
    queryTimeoutMs: MIGRATION_TIME_MS,
    recycleSeconds: 3600,
    onIdleError: () => undefined,
  });
}
