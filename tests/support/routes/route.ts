import { inject } from 'vitest';
import type { Database } from '../../../functions/database/database.ts';
import type { TestDatabase } from '../postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The route that the tests of this project take; vitest.config.ts says which. */
    route: RouteName;
  }
}

/** The ways to a test database: the drivers, each on the local counterpart of what it speaks to in the cloud. */
const ROUTES = {
  pg: () => import('./pg.ts'),
  neon: () => import('./neon.ts'),
};
export type RouteName = keyof typeof ROUTES;
export const ROUTE_NAMES = Object.keys(ROUTES) as RouteName[];

/** One way to one test database. */
export interface RouteAccess {
  /** What a function's environment says of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The port on this route, in this process; the caller closes it. */
  open(): Database;
  /** Stops what had to be started for it. The database itself stays. */
  stop(): Promise<void>;
}

/** The limits that the drivers have in these tests. */
export const LIMITS = {
  applicationName: 'test',
  acquireTimeoutMs: 5_000,
  queryTimeoutMs: 22_000,
  recycleSeconds: 3600,
  onIdleError: () => undefined,
};

/** The way to a test database, on the project's route unless another is named. */
export async function connectRoute(
  database: Pick<TestDatabase, 'name' | 'appUrl'>,
  route: RouteName = inject('route'),
): Promise<RouteAccess> {
  return (await ROUTES[route]()).connect(database);
}
