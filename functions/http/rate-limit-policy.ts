import type { ApiMiddleware } from './request-state.ts';

/**
 * Says in every response how many requests per second the API takes from all callers together: `RateLimit-Policy` of the
 * IETF's draft-ietf-httpapi-ratelimit-headers. How many are left nobody here can know, so there is no `RateLimit` field:
 * API Gateway counts them, in front of every function.
 * @param requestsPerSecond undefined outside a deployment: no field then
 */
export function rateLimitPolicy(requestsPerSecond: number | undefined): ApiMiddleware {
  const add: ApiMiddleware['after'] = ({ response }) => {
    if (response && requestsPerSecond !== undefined)
      response.headers = { ...response.headers, 'RateLimit-Policy': `"api";q=${requestsPerSecond};w=1` };
  };
  return { after: add, onError: add };
}
