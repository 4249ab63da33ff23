import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ApiMiddleware } from './request-state.ts';

/**
 * Sets the request's id: the client's X-Request-Id if it can be echoed and logged, else a new one. Every response has
 * it.
 */
export function requestId(): ApiMiddleware {
  const add: ApiMiddleware['after'] = ({ response, internal }) => {
    if (response) response.headers = { ...response.headers, 'X-Request-Id': internal.requestId };
  };
  return {
    before: (request) => {
      const event = request.event as APIGatewayProxyEventV2;
      const given = event.headers?.['x-request-id'];
      request.internal.requestId = given !== undefined && /^[!-~]{1,128}$/.test(given) ? given : randomUUID();
      request.internal.routeKey = event.routeKey;
      request.internal.path = event.rawPath;
    },
    after: add,
    onError: add,
  };
}
