import type { ApiResponse } from './api-request.ts';
import type { ApiMiddleware, ApiResult } from './request-state.ts';

/** Converts a handler's response to API Gateway's format, and keeps its measurement for metrics and the log. */
export function writeResponse(): ApiMiddleware {
  return {
    after: (request) => {
      const response = request.response as ApiResponse;
      if (response.measurement) request.internal.measurement = response.measurement;
      request.response = resultOf(response);
    },
  };
}

function resultOf(response: ApiResponse): ApiResult {
  if (response.status === 304) return { statusCode: 304, headers: response.headers ?? {} };
  const isCsv = 'csv' in response;
  const type = isCsv ? 'text/csv; charset=utf-8; header=present' : 'application/json';
  return {
    statusCode: response.status ?? 200,
    headers: { 'Content-Type': type, 'Cache-Control': 'no-store', ...response.headers },
    body: isCsv ? response.csv : 'json' in response ? response.json : JSON.stringify(response.value),
  };
}
