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

/**
 * A metric that is 0 where it is missing. CloudWatch looks back further than an alarm judges where data is missing, so what is sent only
 * while clients ask would stay in ALARM for longer than the cause that holds it back, and page after it.
 */
export const filled = (metric: MetricSignal): MathSignal => ({ expression: 'FILL(m1, 0)', metrics: { m1: metric } });

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
