import { DEFAULT_ROUTE_FUNCTION, endpoints } from './endpoints.ts';
import { type FunctionName, methodsOf, routeKey } from './route.ts';

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
  ...Object.values(endpoints).flatMap((endpoint) =>
    methodsOf(endpoint).map((method) => ({
      routeKey: routeKey({ method, path: endpoint.path }),
      function: endpoint.function,
    })),
  ),
  { routeKey: '$default', function: DEFAULT_ROUTE_FUNCTION },
];
