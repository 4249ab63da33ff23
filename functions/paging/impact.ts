import { callAws } from '../aws/call-aws.ts';
import { type MetricName, NAMESPACE } from '../metrics/metric-catalogue.ts';
import type { AlarmFacts } from './page-facts.ts';

/** What clients receive during an incident, with the metrics that count it. */
const COUNTED: readonly (readonly [response: string, metrics: readonly MetricName[]])[] = [
  ['503', ['OverloadErrors', 'UnavailableErrors']],
  ['500 or ran out of time', ['FailedRequests']],
];

/** Families of alarms whose pages report the number of failed requests. Other alarms may fire without a failed request. */
const REQUEST_FAMILIES: readonly AlarmFacts['family'][] = ['unreachable', 'saturated'];

const MINUTE_MS = 60_000;

/**
 * A sentence with the number of requests that failed in the minute before a time. Empty for an alarm that is not about
 * requests.
 * @param service the value of the dimension Service
 * @throws Error if CloudWatch does not respond
 */
export async function impactOf({ family }: Pick<AlarmFacts, 'family'>, service: string, at: Date): Promise<string> {
  if (!REQUEST_FAMILIES.includes(family)) return '';
  const names = COUNTED.flatMap(([, metrics]) => metrics);
  const sums = await sumsOf(names, service, at);
  const counts = COUNTED.map(([response, metrics]) => {
    const count = metrics.reduce((sum, name) => sum + (sums.get(name) ?? 0), 0);
    return count === 0 ? undefined : `${count} ${count === 1 ? 'request' : 'requests'} got ${response}`;
  }).filter((text) => text !== undefined);
  return counts.length === 0 ? 'No request failed in the last minute.' : `${counts.join(', ')} in the last minute.`;
}

/** The sums of the last full minute and of the current one, because a metric has the time at which its request ended. */
async function sumsOf(names: readonly MetricName[], service: string, at: Date): Promise<Map<MetricName, number>> {
  const from = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const text = await callAws({
    service: 'monitoring',
    operation: 'cloudwatch GetMetricData',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'GraniteServiceVersion20100801.GetMetricData',
    },
    body: JSON.stringify({
      StartTime: from / 1000,
      EndTime: (from + 2 * MINUTE_MS) / 1000,
      MetricDataQueries: names.map((name, nth) => ({
        Id: `m${nth}`,
        MetricStat: {
          Metric: { Namespace: NAMESPACE, MetricName: name, Dimensions: [{ Name: 'Service', Value: service }] },
          Period: MINUTE_MS / 1000,
          Stat: 'Sum',
        },
      })),
    }),
  });
  const { MetricDataResults } = JSON.parse(text) as { MetricDataResults: { Id: string; Values?: number[] }[] };
  const sumOf = (nth: number) =>
    MetricDataResults.filter(({ Id }) => Id === `m${nth}`)
      .flatMap(({ Values = [] }) => Values)
      .reduce((sum, value) => sum + value, 0);
  return new Map(names.map((name, nth) => [name, sumOf(nth)]));
}
