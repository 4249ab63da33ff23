import { type MetricName, NAMESPACE } from '../../../functions/metrics/metric-catalogue.ts';
import type { MathSignal, MetricSignal, Watched, WatchedFunction } from './definition.ts';

/** A metric of the catalogue, with the dimensions that an alarm can use. */
export const ours = (name: MetricName, statistic: string, { service }: Pick<Watched, 'service'>): MetricSignal => ({
  namespace: NAMESPACE,
  name,
  statistic,
  dimensions: { Service: service },
});

/** A metric of Lambda, over all versions of a function. */
export const lambdaMetric = (
  name: string,
  statistic: string,
  { name: FunctionName }: WatchedFunction,
): MetricSignal => ({
  namespace: 'AWS/Lambda',
  name,
  statistic,
  dimensions: { FunctionName },
});

export const apiMetric = (name: string, statistic: string, { apiId }: Watched): MetricSignal => ({
  namespace: 'AWS/ApiGateway',
  name,
  statistic,
  dimensions: { ApiId: apiId },
});

/**
 * A metric that counts as 0 while it is missing. When data is missing, CloudWatch looks back further than the
 * evaluation periods. An alarm on a metric that exists only with traffic would otherwise stay in ALARM longer than the
 * cause that suppresses it, and page after it.
 */
export const filled = (metric: MetricSignal): MathSignal => ({ expression: 'FILL(m1, 0)', metrics: { m1: metric } });

/** The sum of metrics, where a missing one counts as 0. CloudWatch allows ten metrics per alarm. */
export function sumOf(metrics: readonly MetricSignal[]): MathSignal {
  const named = Object.fromEntries(metrics.map((metric, at) => [`m${at + 1}`, metric]));
  return {
    expression: Object.keys(named)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    metrics: named,
  };
}
