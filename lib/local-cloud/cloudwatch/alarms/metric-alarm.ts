import { type Account, alarmArn } from '../../cloudformation/arns.ts';
import type { Resource } from '../../cloudformation/resource.ts';
import type { MetricId } from '../metrics/datum.ts';
import { KEEP_MS, KEEP_SECONDS_MS, type MetricStore } from '../metrics/metric-store.ts';
import { statisticOf } from '../metrics/statistic.ts';
import { type AlarmProperties, alarmName, alarmProperties, readProperties } from './alarm-properties.ts';
import { type DatapointRule, evaluationRange } from './evaluate.ts';
import { type Expression, parseExpression, type SeriesValues } from './metric-math.ts';

/** An alarm on a metric or on an expression, built from its resource. */
export interface MetricAlarm {
  readonly name: string;
  readonly arn: string;
  readonly properties: AlarmProperties;
  readonly rule: DatapointRule;
  readonly periodSeconds: number;
  /** All metrics that it watches. */
  readonly watches: readonly WatchedMetric[];
  /**
   * Reads its periods up to `to` (epoch milliseconds), oldest first.
   * @param periods default: those of its evaluation range
   */
  read(metrics: MetricStore, to: number, periods?: number): SeriesValues;
}

export interface WatchedMetric extends MetricId {
  /** Its name in the expression; empty if there is none. */
  readonly id: string;
  readonly statistic: string;
  readonly periodSeconds: number;
}

const COMPARISONS: Record<AlarmProperties['ComparisonOperator'], (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

const MAX_RANGE_SECONDS = 86_400;

/** @throws Error that names the alarm and the setting that is not emulated */
export function metricAlarm(resource: Resource, account: Account): MetricAlarm {
  const properties = readProperties(alarmProperties, resource);
  const name = alarmName(resource);
  try {
    return { name, arn: alarmArn(account, name), properties, ...ruleOf(properties), ...signalOf(properties) };
  } catch (error) {
    throw new Error(`${name} cannot be emulated: ${(error as Error).message}`, { cause: error });
  }
}

function ruleOf(properties: AlarmProperties): Pick<MetricAlarm, 'rule'> {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData, Threshold } = properties;
  if (DatapointsToAlarm > EvaluationPeriods) throw new Error('DatapointsToAlarm exceeds EvaluationPeriods');
  const compare = COMPARISONS[properties.ComparisonOperator];
  return {
    rule: {
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: DatapointsToAlarm,
      treatMissingData: TreatMissingData,
      breaches: (value) => compare(value, Threshold),
    },
  };
}

type WatchedSignal = Pick<MetricAlarm, 'periodSeconds' | 'watches' | 'read'>;

function signalOf(properties: AlarmProperties): WatchedSignal {
  const watches = watchesOf(properties);
  const [first, ...others] = watches;
  if (!first) throw new Error('it watches no metric');
  const { periodSeconds } = first;
  if (others.some((other) => other.periodSeconds !== periodSeconds))
    throw new Error('its metrics have several periods');
  for (const { statistic } of watches) statisticOf(statistic);
  const range = evaluationRange(properties.EvaluationPeriods);
  if (properties.EvaluationPeriods * periodSeconds > MAX_RANGE_SECONDS)
    throw new Error('it looks back more than a day');
  const keptMs = periodSeconds < 60 ? KEEP_SECONDS_MS : KEEP_MS;
  if (range * periodSeconds * 1000 > keptMs)
    throw new Error(`it looks back over ${keptMs / 60_000} minutes, but its metrics are kept for no longer`);
  const expression = expressionOf(properties, new Set(watches.map(({ id }) => id)));
  return {
    periodSeconds,
    watches,
    read: (metrics, to, periods = range) => {
      const from = to - periods * periodSeconds * 1000;
      const series = (metric: WatchedMetric) => metrics.statistics(metric, from, to, periodSeconds);
      if (!expression) return series(first);
      return expression.evaluate(Object.fromEntries(watches.map((metric) => [metric.id, series(metric)])), periods);
    },
  };
}

type Dimensions = AlarmProperties['Dimensions'];
const record = (dimensions: Dimensions): Record<string, string> =>
  Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));

function watchesOf(properties: AlarmProperties): WatchedMetric[] {
  const { Metrics, Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = properties;
  if (Metrics) return Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [watched(Id, MetricStat)] : []));
  const statistic = Statistic ?? ExtendedStatistic;
  if (!Namespace || !MetricName || !Period || !statistic)
    throw new Error('Namespace, MetricName, Period and a statistic belong together');
  return [
    {
      id: '',
      namespace: Namespace,
      name: MetricName,
      dimensions: record(Dimensions),
      statistic,
      periodSeconds: Period,
    },
  ];
}

type MetricStat = NonNullable<NonNullable<AlarmProperties['Metrics']>[number]['MetricStat']>;
const watched = (id: string, { Metric, Period, Stat }: MetricStat): WatchedMetric => ({
  id,
  namespace: Metric.Namespace,
  name: Metric.MetricName,
  dimensions: record(Metric.Dimensions),
  statistic: Stat,
  periodSeconds: Period,
});

/** The expression that is compared with the threshold; undefined if the metric itself is. */
function expressionOf({ Metrics }: AlarmProperties, metricIds: ReadonlySet<string>): Expression | undefined {
  if (!Metrics) return undefined;
  const returned = Metrics.filter(({ ReturnData }) => ReturnData !== false);
  const [only] = returned;
  if (!only || returned.length > 1) throw new Error('exactly one of its Metrics must have ReturnData set to true');
  if (only.Expression === undefined && metricIds.size > 1)
    throw new Error('it combines several metrics without an expression');
  const expression = parseExpression(only.Expression ?? only.Id);
  for (const name of expression.names) {
    if (!metricIds.has(name)) throw new Error(`its expression uses ${name}, which is not one of its metrics`);
  }
  return expression;
}
