import type { Datum } from '../datum.ts';

/** One request to an HTTP API, with its response. */
export interface MeasuredRequest {
  readonly apiId: string;
  /** `$default` */
  readonly stage: string;
  /** When the response was sent. Epoch milliseconds. */
  readonly at: number;
  readonly status: number;
  /** From the arrival of the request to the end of the response. */
  readonly latencyMs: number;
  /** The function's part of it; null if it was not invoked. */
  readonly integrationLatencyMs: number | null;
}

/**
 * AWS/ApiGateway for an HTTP API: Count, 4xx, 5xx, Latency and IntegrationLatency by ApiId, and by ApiId and Stage.
 * There is nothing by Method and Resource, because detailed metrics are off. DataProcessed is not emulated.
 */
export function apiMetrics(request: MeasuredRequest): Datum[] {
  const { apiId, stage, at, status, latencyMs, integrationLatencyMs } = request;
  const metrics = [
    { name: 'Count', value: 1, unit: 'Count' },
    { name: '4xx', value: status >= 400 && status < 500 ? 1 : 0, unit: 'Count' },
    { name: '5xx', value: status >= 500 ? 1 : 0, unit: 'Count' },
    { name: 'Latency', value: latencyMs, unit: 'Milliseconds' },
    ...(integrationLatencyMs === null
      ? []
      : [{ name: 'IntegrationLatency', value: integrationLatencyMs, unit: 'Milliseconds' }]),
  ];
  return [{ ApiId: apiId }, { ApiId: apiId, Stage: stage }].flatMap((dimensions: Record<string, string>) =>
    metrics.map((metric) => ({ ...metric, namespace: 'AWS/ApiGateway', dimensions, timestamp: at })),
  );
}
