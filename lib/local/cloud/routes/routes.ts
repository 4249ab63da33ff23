import type { DatabaseRoute } from '../../../config/database.ts';
import { startDataApiRoute } from './data-api.ts';
import { startNeonRoute } from './neon.ts';
import { startPostgresRoute } from './postgres.ts';
import { startProxyRoute } from './proxy.ts';
import type { StartRoute } from './route.ts';

/** How each route runs on a laptop. */
export const LOCAL_ROUTES: Readonly<Record<DatabaseRoute, StartRoute>> = {
  proxy: startProxyRoute,
  'data-api': startDataApiRoute,
  neon: startNeonRoute,
  postgres: startPostgresRoute,
};
