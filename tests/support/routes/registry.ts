import type { RouteAccess, RouteTarget } from './access.ts';

/** The ways to a database: the drivers, each on the local counterpart of what it speaks to in the cloud. */
const ROUTES = {
  pg: () => import('./pg.ts'),
  neon: () => import('./neon.ts'),
  'data-api': () => import('./data-api.ts'),
};
export type RouteName = keyof typeof ROUTES;
export const ROUTE_NAMES = Object.keys(ROUTES) as RouteName[];

export async function connectBy(route: RouteName, database: RouteTarget): Promise<RouteAccess> {
  return (await ROUTES[route]()).connect(database);
}
