import type { ApiMiddleware } from './request-state.ts';

/**
 * Adds to every response how many requests per second the API accepts from all callers together: `RateLimit-Policy` of
 * the IETF's draft-ietf-httpapi-ratelimit-headers. There is no `RateLimit` field, because API Gateway counts the
 * requests and functions cannot know how many are left.
 * @param requestsPerSecond undefined outside a deployment: no field then
 */
export function rateLimitPolicy(requestsPerSecond: number | undefined): ApiMiddleware {
  const add: ApiMiddleware['after'] = ({ response }) => {
    if (response && requestsPerSecond !== undefined)
      response.headers = { ...response.headers, 'RateLimit-Policy': `"api";q=${requestsPerSecond};w=1` };
  };
  return { after: add, onError: add };
}
