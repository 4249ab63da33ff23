import { type LocalDatabase, type LocalDatabaseOptions, startLocalDatabase } from '@tick-store/local-cloud';
import { migrate, readMigrations } from '../../functions/database/run-migrations.ts';
import { DATABASE_NAMES } from '../../lib/local/local-backend.ts';
import { ownerDatabase } from '../../lib/local/owner-database.ts';

export const MIGRATIONS = new URL('../../functions/database/migrations/', import.meta.url);

/** How long all migrations together may take. */
const MIGRATION_TIME_MS = 60_000;

/** Applies the migrations that are missing, as the owner and not through the pooler. @returns their names */
export async function migrateDatabase(ownerUrl: string): Promise<string[]> {
  const database = ownerDatabase(ownerUrl);
  try {
    return await migrate(database, await readMigrations(MIGRATIONS), Date.now() + MIGRATION_TIME_MS);
  } finally {
    await database.close();
  }
}

/** PostgreSQL with the schema, behind PgBouncer. */
export const startMigratedDatabase = (
  options: Omit<LocalDatabaseOptions, 'names' | 'beforePooler'>,
): Promise<LocalDatabase> =>
  startLocalDatabase({
    ...options,
    names: DATABASE_NAMES,
    beforePooler: async ({ ownerUrl }) => {
      await migrateDatabase(ownerUrl);
    },
  });
