import { type MetricName, NAMESPACE } from '../../../functions/metrics/metric-catalogue.ts';
import type { MathSignal, MetricSignal, Watched, WatchedFunction } from './definition.ts';

/** A metric of the catalogue, under the dimensions that an alarm can see it by. */
export const ours = (name: MetricName, statistic: string, { service }: Pick<Watched, 'service'>): MetricSignal => ({
  namespace: NAMESPACE,
  name,
  statistic,
  dimensions: { Service: service },
});

/** A metric of Lambda, of all versions of a function. */
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

/** Metrics added up, where a missing one is 0. CloudWatch takes ten in an alarm. */
export function sumOf(metrics: readonly MetricSignal[]): MathSignal {
  const named = Object.fromEntries(metrics.map((metric, at) => [`m${at + 1}`, metric]));
  return {
    expression: Object.keys(named)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + '),
    metrics: named,
  };
}
