import type { DatabaseRoute } from '../../../config/database.ts';
import { startPostgresRoute } from './postgres.ts';
import { startProxyRoute } from './proxy.ts';
import type { StartRoute } from './route.ts';

/** The routes that run on a laptop. */
const ROUTES: Readonly<Partial<Record<DatabaseRoute, StartRoute>>> = {
  proxy: startProxyRoute,
  postgres: startPostgresRoute,
};

/** @throws Error for a route that does not run here */
export function localRoute(route: DatabaseRoute): StartRoute {
  const found = ROUTES[route];
  if (found !== undefined) return found;
  throw new Error(
    `The route ${route} does not run on this machine yet: --route ${Object.keys(ROUTES).join(' or ')} does`,
  );
}
