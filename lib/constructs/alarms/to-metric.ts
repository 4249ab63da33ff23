import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { isMath, type MetricSignal, type Signal } from './definition.ts';

/** Converts a signal to a CDK metric. */
export function toMetric(signal: Signal, periodSeconds: number, label?: string): cloudwatch.IMetric {
  const period = Duration.seconds(periodSeconds);
  const named = label === undefined ? {} : { label };
  if (!isMath(signal)) return single(signal, period, named);
  return new cloudwatch.MathExpression({
    expression: signal.expression,
    usingMetrics: Object.fromEntries(
      Object.entries(signal.metrics).map(([name, metric]) => [name, single(metric, period)]),
    ),
    period,
    ...named,
  });
}

const single = (
  { namespace, name, statistic, dimensions }: MetricSignal,
  period: Duration,
  more: { label?: string } = {},
): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace, metricName: name, statistic, dimensionsMap: { ...dimensions }, period, ...more });
