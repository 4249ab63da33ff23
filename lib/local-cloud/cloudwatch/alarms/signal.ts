import type { MetricStore } from '../metrics/metric-store.ts';
import type { MetricAlarm } from './metric-alarm.ts';

/** The series that a metric alarm evaluates, with its threshold, for a chart. */
export interface SignalView {
  /** The metric's name, or the expression. */
  readonly label: string;
  readonly periodSeconds: number;
  /** Where the first period begins, ISO 8601. */
  readonly from: string;
  /** One value per period, oldest first; null for a period without data. */
  readonly values: readonly (number | null)[];
  readonly threshold: number;
  readonly comparison: 'at least' | 'over' | 'at most' | 'under';
  readonly datapointsToAlarm: number;
  readonly evaluationPeriods: number;
}

const COMPARISONS = {
  GreaterThanOrEqualToThreshold: 'at least',
  GreaterThanThreshold: 'over',
  LessThanOrEqualToThreshold: 'at most',
  LessThanThreshold: 'under',
} as const;

/** The last `minutes` of the series that an alarm evaluates, without the period that has not ended. */
export function signalOf(alarm: MetricAlarm, metrics: MetricStore, now: number, minutes: number): SignalView {
  const { periodSeconds, properties, rule, watches } = alarm;
  const periodMs = periodSeconds * 1000;
  const to = Math.floor(now / periodMs) * periodMs;
  const periods = Math.max(1, Math.floor((minutes * 60_000) / periodMs));
  const expression = properties.Metrics?.find(({ Expression }) => Expression !== undefined)?.Expression;
  return {
    label: expression ?? watches.map(({ statistic, name }) => `${statistic} of ${name}`).join(', '),
    periodSeconds,
    from: new Date(to - periods * periodMs).toISOString(),
    values: alarm.read(metrics, to, periods),
    threshold: properties.Threshold,
    comparison: COMPARISONS[properties.ComparisonOperator],
    datapointsToAlarm: rule.datapointsToAlarm,
    evaluationPeriods: rule.evaluationPeriods,
  };
}
