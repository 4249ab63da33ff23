import type { StoredResponse } from '../ledger/stored-response.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { ApiResponse } from './api-request.ts';

/**
 * The HTTP response for a response that the ledger stores.
 * @param measurementOf what the request did; a replay measures nothing, because the first request was already counted
 * @param location where to follow work that continues after the response, which is then a 202
 */
export function storedResponse<S extends StoredResponse>(
  stored: S,
  measurementOf: (stored: S) => Measurement,
  location?: string,
): ApiResponse {
  const { json, replayed } = stored;
  const { metrics, properties } = measurementOf(stored);
  return {
    json,
    ...(location === undefined ? {} : { status: 202 }),
    headers: {
      ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}),
      ...(location === undefined ? {} : { Location: location, 'Retry-After': '1' }),
    },
    measurement: { metrics: { ...(replayed ? {} : metrics), IdempotentReplays: replayed ? 1 : 0 }, properties },
  };
}
