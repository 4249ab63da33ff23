import * as z from 'zod';
import { parseExpression, type SeriesValues } from './alarms/metric-math.ts';
import type { MetricStore } from './metrics/metric-store.ts';
import { statisticOf } from './metrics/statistic.ts';

export interface CloudWatchResponse {
  readonly status: number;
  /** `application/x-amz-json-1.0` */
  readonly contentType: string;
  readonly body: string;
}

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const TARGET = 'GraniteServiceVersion20100801.GetMetricData';
/** CloudWatch's limit per call. */
const MAX_DATAPOINTS = 100_800;

const dimension = z.object({ Name: z.string(), Value: z.string() });
const metricStat = z.object({
  Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.array(dimension).default([]) }),
  Period: z.int().positive(),
  Stat: z.string(),
});
const query = z.object({
  Id: z.string().regex(/^[a-z][a-zA-Z0-9_]*$/),
  Label: z.string().optional(),
  MetricStat: metricStat.optional(),
  Expression: z.string().optional(),
  Period: z.int().positive().optional(),
  ReturnData: z.boolean().default(true),
});
const input = z.object({
  MetricDataQueries: z.array(query).min(1).max(500),
  /** Seconds, as in the protocol. */
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.enum(['TimestampAscending', 'TimestampDescending']).default('TimestampDescending'),
});

type DataQuery = z.output<typeof query>;
type Input = z.output<typeof input>;

class Refused extends Error {}

/**
 * The part of CloudWatch's API that the health probe uses: GetMetricData in AWS JSON 1.0, for metrics and expressions.
 * Not emulated: pages of results (all are returned at once), MaxDatapoints, labels with properties, other accounts, and
 * permissions.
 * @param target the header X-Amz-Target
 */
export function cloudWatchResponse(metrics: MetricStore, target: string | undefined, body: string): CloudWatchResponse {
  if (target !== TARGET) return fault('UnknownOperationException', `${target ?? 'nothing'} is not emulated`);
  try {
    const read = input.safeParse(JSON.parse(body));
    if (!read.success) {
      const [issue] = read.error.issues;
      throw new Refused(`${issue?.path.join('.')}: ${issue?.message}`);
    }
    const MetricDataResults = results(metrics, read.data);
    return { status: 200, contentType: CONTENT_TYPE, body: JSON.stringify({ MetricDataResults, Messages: [] }) };
  } catch (error) {
    if (error instanceof Refused || error instanceof SyntaxError)
      return fault('InvalidParameterValueException', error.message);
    throw error;
  }
}

const fault = (type: string, message: string): CloudWatchResponse => ({
  status: 400,
  contentType: CONTENT_TYPE,
  body: JSON.stringify({ __type: `com.amazonaws.cloudwatch#${type}`, message }),
});

interface PeriodRange {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly periodMs: number;
  readonly periods: number;
}

function results(metrics: MetricStore, asked: Input): object[] {
  if (asked.EndTime <= asked.StartTime) throw new Refused('StartTime must be before EndTime');
  const periodOf = new Map<string, number>();
  const series = new Map<string, SeriesValues>();
  for (const { Id, MetricStat } of asked.MetricDataQueries) {
    if (!MetricStat) continue;
    const { Metric, Period, Stat } = MetricStat;
    const { from, periodMs, periods } = rangeOf(asked, Period);
    const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
    const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions, statistic: known(Stat) };
    periodOf.set(Id, Period);
    series.set(Id, metrics.statistics(metric, from, from + periods * periodMs, Period));
  }
  return asked.MetricDataQueries.filter(({ ReturnData }) => ReturnData).map((one) => {
    const period = periodOf.get(one.Id) ?? one.Period ?? [...periodOf.values()][0] ?? 60;
    const range = rangeOf(asked, period);
    return resultOf(one, series.get(one.Id) ?? calculated(one, series, range), range, asked.ScanBy);
  });
}

/** Aligns StartTime down to a whole period, as CloudWatch does. */
function rangeOf({ StartTime, EndTime }: Input, periodSeconds: number): PeriodRange {
  const periodMs = periodSeconds * 1000;
  const from = Math.floor((StartTime * 1000) / periodMs) * periodMs;
  const periods = Math.ceil((EndTime * 1000 - from) / periodMs);
  if (periods > MAX_DATAPOINTS) throw new Refused(`more than ${MAX_DATAPOINTS} datapoints`);
  return { from, periodMs, periods };
}

function calculated(
  { Id, Expression }: DataQuery,
  series: ReadonlyMap<string, SeriesValues>,
  { periods }: PeriodRange,
): SeriesValues {
  if (Expression === undefined) throw new Refused(`${Id} has neither MetricStat nor Expression`);
  const expression = attempt(() => parseExpression(Expression));
  for (const name of expression.names)
    if (!series.has(name)) throw new Refused(`${Id} uses ${name}, which is not a metric`);
  return expression.evaluate(Object.fromEntries(series), periods);
}

function resultOf(
  { Id, Label, MetricStat }: DataQuery,
  series: SeriesValues,
  { from, periodMs }: PeriodRange,
  scanBy: Input['ScanBy'],
): object {
  const points = series.flatMap((value, i) => (value === null ? [] : [{ at: (from + i * periodMs) / 1000, value }]));
  if (scanBy === 'TimestampDescending') points.reverse();
  return {
    Id,
    Label: Label ?? MetricStat?.Metric.MetricName ?? Id,
    Timestamps: points.map(({ at }) => at),
    Values: points.map(({ value }) => value),
    StatusCode: 'Complete',
  };
}

function known(statistic: string): string {
  attempt(() => statisticOf(statistic));
  return statistic;
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Refused((error as Error).message);
  }
}
