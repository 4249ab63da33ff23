import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ApiMiddleware } from './request-state.ts';
import { noRoute, resolveRoute } from './resolve-route.ts';

/**
 * Finds the route, which must be one of this function's.
 * @param names of its routes
 */
export function findRoute(names: ReadonlySet<string>): ApiMiddleware {
  return {
    before: ({ event, internal }) => {
      const { routeKey, rawPath } = event as APIGatewayProxyEventV2;
      const resolved = resolveRoute(routeKey, rawPath);
      if (!names.has(resolved.name)) throw noRoute(rawPath);
      internal.route = resolved;
    },
  };
}
