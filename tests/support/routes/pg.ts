import { PgDatabase } from '../../../functions/database/drivers/pg.ts';
import { LIMITS, type RouteAccess, type RouteTarget } from './access.ts';

/** `pg` through PgBouncer. */
export async function connect({ appUrl }: RouteTarget): Promise<RouteAccess> {
  return {
    environment: { DATABASE_URL: appUrl },
    open: () => new PgDatabase({ ...LIMITS, url: appUrl }),
    stop: async () => undefined,
  };
}
