import { describe, expect, test } from 'vitest';
import { MetricStore } from '../cloudwatch/metrics/metric-store.ts';
import { ManualClock } from '../machine/clock.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1, 12);
const metric = { namespace: 'TickStore', name: 'QueryMs', dimensions: { Service: 'tick-store' } };

function store() {
  const clock = new ManualClock(START);
  return { clock, metrics: new MetricStore(clock) };
}

const of = (metrics: MetricStore, statistic: string, from: number, to: number, periodSeconds: number) =>
  metrics.statistics({ ...metric, statistic }, from, to, periodSeconds);

test('statistics are per period, and null for periods without data', () => {
  const { metrics } = store();
  metrics.put([
    { ...metric, timestamp: START + 1_000, value: [1, 2, 3, 10] },
    { ...metric, timestamp: START + 59_999, value: 4 },
    { ...metric, timestamp: START + 2 * MINUTE, value: 7 },
  ]);
  const over = (statistic: string) => of(metrics, statistic, START, START + 3 * MINUTE, 60);
  expect(over('Sum')).toEqual([20, null, 7]);
  expect(over('Average')).toEqual([4, null, 7]);
  expect(over('Minimum')).toEqual([1, null, 7]);
  expect(over('Maximum')).toEqual([10, null, 7]);
  expect(over('SampleCount')).toEqual([5, null, 1]);
  expect(over('p50')).toEqual([3, null, 7]);
  expect(over('p99')).toEqual([10, null, 7]);
  expect(() => over('tm99')).toThrow('tm99 is not emulated');
});

test('counts say how often each value occurred', () => {
  const { metrics } = store();
  metrics.put({ ...metric, timestamp: START, value: [1, 5], counts: [99, 1] });
  expect(of(metrics, 'SampleCount', START, START + MINUTE, 60)).toEqual([100]);
  expect(of(metrics, 'p99', START, START + MINUTE, 60)).toEqual([1]);
  expect(of(metrics, 'p100', START, START + MINUTE, 60)).toEqual([5]);
});

test('percentiles of many different values are within half a percent, and the extremes exact', () => {
  const { metrics } = store();
  for (let i = 1; i <= 10_000; i++) metrics.put({ ...metric, timestamp: START, value: i });
  const [median] = of(metrics, 'p50', START, START + MINUTE, 60) as [number];
  expect(Math.abs(median / 5_000 - 1)).toBeLessThan(0.0051);
  expect(of(metrics, 'p100', START, START + MINUTE, 60)).toEqual([10_000]);
  expect(of(metrics, 'Sum', START, START + MINUTE, 60)).toEqual([50_005_000]);
});

test('a metric of one second slides by the second, one of a minute is at the start of its minute', () => {
  const { metrics } = store();
  const byMinute = { ...metric, name: 'ByMinute' };
  metrics.put([
    { ...metric, timestamp: START + 35_000, value: 1, resolution: 1 },
    { ...byMinute, timestamp: START + 35_000, value: 1 },
  ]);
  const sums = (name: string) =>
    metrics.statistics({ ...metric, name, statistic: 'Sum' }, START - 30_000, START + MINUTE, 30);
  expect(sums('QueryMs')).toEqual([null, null, 1]);
  expect(sums('ByMinute')).toEqual([null, 1, null]);
  expect(of(metrics, 'Sum', START + 10_000, START + 40_000, 30)).toEqual([1]);
});

test('the same name with other dimensions is another metric', () => {
  const { metrics } = store();
  metrics.put({ ...metric, dimensions: { Service: 'tick-store', Function: 'ingest' }, timestamp: START, value: 1 });
  expect(of(metrics, 'Sum', START, START + MINUTE, 60)).toEqual([null]);
  const swapped = { ...metric, dimensions: { Function: 'ingest', Service: 'tick-store' }, statistic: 'Sum' };
  expect(metrics.statistics(swapped, START, START + MINUTE, 60)).toEqual([1]);
});

test('datapoints of a second are merged per minute after 15 minutes, because hours of them would fill the memory', async () => {
  const { clock, metrics } = store();
  for (let second = 0; second < 120; second++)
    metrics.put({ ...metric, timestamp: START + second * 1_000, value: second, resolution: 1 });
  const sums = (periodSeconds: number) => of(metrics, 'Sum', START, START + 2 * MINUTE, periodSeconds);
  const [first, second] = [(59 * 60) / 2, (179 * 60) / 2];
  await clock.advance(16 * MINUTE - 1);
  metrics.put({ ...metric, name: 'Another', timestamp: START, value: 1 });
  expect(sums(30)).toEqual([(29 * 30) / 2, (89 * 30) / 2, (149 * 30) / 2, (209 * 30) / 2]);
  await clock.advance(MINUTE);
  metrics.put({ ...metric, timestamp: START + 1_000, value: 1, resolution: 1 });
  await clock.advance(MINUTE);
  metrics.put({ ...metric, name: 'Another', timestamp: START, value: 1 });
  expect(sums(60)).toEqual([first + 1, second]);
  expect(sums(30)).toEqual([first + 1, null, second, null]);
  expect(metrics.list()).toMatchObject([{ name: 'Another' }, { name: 'QueryMs', resolution: 1, samples: 121 }]);
});

test('a value far in the future is refused, because it would stay for ever as the newest', () => {
  const { metrics } = store();
  for (const timestamp of [START + 121 * MINUTE, Number.MAX_SAFE_INTEGER])
    metrics.put({ ...metric, timestamp, value: 1 });
  expect(metrics.list()).toEqual([]);
  metrics.put({ ...metric, timestamp: START + 119 * MINUTE, value: 1 });
  expect(metrics.list()).toMatchObject([{ newest: { timestamp: '2026-01-01T13:59:00.000Z' } }]);
});

test('three hours are kept, and a metric without remaining values disappears from the list', async () => {
  const { clock, metrics } = store();
  metrics.put({ ...metric, timestamp: START, value: 1, unit: 'Milliseconds' });
  expect(metrics.list()).toEqual([
    {
      ...metric,
      unit: 'Milliseconds',
      resolution: 60,
      samples: 1,
      newest: { timestamp: '2026-01-01T12:00:00.000Z', count: 1, average: 1, minimum: 1, maximum: 1 },
    },
  ]);
  await clock.advance(3 * 60 * MINUTE);
  expect(metrics.list()).toHaveLength(1);
  await clock.advance(MINUTE);
  expect(metrics.list()).toEqual([]);
});

describe('an invalid metric is refused', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d', (value) => {
    expect(() => store().metrics.put({ ...metric, timestamp: START, value })).toThrow(RangeError);
  });
  test('counts that do not match the values', () => {
    expect(() => store().metrics.put({ ...metric, timestamp: START, value: [1], counts: [1, 2] })).toThrow(RangeError);
  });
});
