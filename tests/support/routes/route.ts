import { inject } from 'vitest';
import type { RouteAccess, RouteTarget } from './access.ts';
import { connectBy, type RouteName } from './registry.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The route that the tests of this project take; vitest.config.ts says which. */
    route: RouteName;
  }
}

/** The way to a test database on the project's route. */
export const connectRoute = (database: RouteTarget): Promise<RouteAccess> => connectBy(inject('route'), database);
