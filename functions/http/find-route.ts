import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { RouteName } from '../contract/endpoints.ts';
import type { RouteRequest } from '../contract/route.ts';
import type { ApiMiddleware } from './request-state.ts';
import { noRoute, resolveRoute } from './resolve-route.ts';

/** What a function reads from the requests of its routes, by their names. */
export type RequestTable = { readonly [N in RouteName]?: RouteRequest };

/** Finds the route, which must be one of this function's. */
export function findRoute(requests: RequestTable): ApiMiddleware {
  return {
    before: ({ event, internal }) => {
      const { routeKey, rawPath } = event as APIGatewayProxyEventV2;
      const resolved = resolveRoute(routeKey, rawPath);
      const request = requests[resolved.name];
      if (request === undefined) throw noRoute(rawPath);
      internal.route = { ...resolved, ...request };
    },
  };
}
