import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';

/** Limit for all migrations together, or for a seed. */
const QUERY_TIMEOUT_MS = 60_000;

/** The database port as the schema's owner, without the pooler, for migrations and seeds. The caller closes it. */
export function ownerDatabase(ownerUrl: string): PostgresDatabase {
  return new PostgresDatabase({
    url: ownerUrl,
    applicationName: 'tick-store-owner',
    acquireTimeoutMs: 5_000,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    recycleSeconds: 3600,
    onIdleError: () => undefined,
  });
}
