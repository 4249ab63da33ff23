import { DEFAULT_ROUTE_FUNCTION, type FunctionName, type Route, routeKey, routes } from './routes.ts';

/** A route as API Gateway has it. */
export interface GatewayRoute {
  /** Such as `GET /v1/health`, or `$default`. */
  readonly routeKey: string;
  readonly function: FunctionName;
}

/**
 * Every route of the HTTP API: those of the table, and a HEAD next to each GET, which API Gateway does not add by itself. What
 * matches none of them goes to `$default`, which responds with 404 or 405.
 */
export const gatewayRoutes: readonly GatewayRoute[] = [
  ...Object.values<Route>(routes).flatMap((route) =>
    methodsOf(route).map((method) => ({
      routeKey: routeKey({ method, path: route.path }),
      function: route.function,
    })),
  ),
  { routeKey: '$default', function: DEFAULT_ROUTE_FUNCTION },
];

/** The methods that a route of the table responds to. */
export function methodsOf({ method }: Pick<Route, 'method'>): readonly (Route['method'] | 'HEAD')[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}
