import { PgDatabase } from '../../../functions/database/drivers/pg.ts';
import type { TestDatabase } from '../postgres.ts';
import { LIMITS, type RouteAccess } from './route.ts';

/** `pg` through PgBouncer. */
export async function connect({ appUrl }: Pick<TestDatabase, 'appUrl'>): Promise<RouteAccess> {
  return {
    environment: { DATABASE_URL: appUrl },
    open: () => new PgDatabase({ ...LIMITS, url: appUrl }),
    stop: async () => undefined,
  };
}
