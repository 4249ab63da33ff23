import { PostgresDatabase } from '../../../functions/database/drivers/postgres/postgres-database.ts';
import { type BackendAccess, type BackendTarget, LIMITS } from './access.ts';

/** `pg` through PgBouncer. */
export async function connect({ appUrl }: BackendTarget): Promise<BackendAccess> {
  return {
    environment: { DATABASE_URL: appUrl },
    open: () => new PostgresDatabase({ ...LIMITS, url: appUrl }),
    stop: async () => undefined,
  };
}
