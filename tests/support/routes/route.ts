import { inject } from 'vitest';
import type { RouteAccess, RouteTarget } from './access.ts';
import { connectBy, type RouteName } from './registry.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The route that the tests of this project take; vitest.config.ts says which. */
    route: RouteName;
  }
}

/** The way to a test database, on the project's route unless another is named. */
export const connectRoute = (database: RouteTarget, route: RouteName = inject('route')): Promise<RouteAccess> =>
  connectBy(route, database);
