import { expect, test } from 'vitest';
import type { Resource } from '../cloudformation/resource.ts';
import { createMonitor } from '../cloudwatch/monitor.ts';
import { ManualClock } from '../machine/clock.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:pager';
const topic: Resource = { logicalId: 'Pager', type: 'AWS::SNS::Topic', properties: { TopicName: 'pager' } };
const alarm: Resource = {
  logicalId: 'A',
  type: 'AWS::CloudWatch::Alarm',
  properties: {
    AlarmName: 'errors-critical',
    Namespace: 'N',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 5,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
    AlarmActions: [TOPIC],
    OKActions: [TOPIC],
  },
};

function watched() {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const account = { account: '123456789012', region: 'eu-west-1' };
  const monitor = createMonitor({ ...account, resources: [topic, alarm], clock, print: () => undefined });
  monitor.start();
  /** Lets minutes pass, each with this many errors. */
  const minutes = async (count: number, errors: number) => {
    for (let passed = 0; passed < count; passed += 1) {
      const [timestamp, value] = [clock.now(), errors];
      monitor.metrics.put({ namespace: 'N', name: 'Errors', dimensions: {}, timestamp, value });
      await clock.advance(60_000);
    }
  };
  const told = () =>
    monitor.sns
      .messages()
      .map(({ message }) => JSON.parse(message).NewStateValue)
      .reverse();
  return { monitor, minutes, told, ...monitor.alarms };
}

test('nobody is notified of a silenced alarm; if it is still in ALARM at the end, it notifies then', async () => {
  const { monitor, minutes, told } = watched();
  await minutes(5, 0);
  expect(told()).toEqual(['OK']);
  const { silences } = monitor.alarms;
  silences.begin('errors-critical', 10);
  await minutes(8, 9);
  expect(monitor.alarms.list()[0]?.state).toBe('ALARM');
  expect(told()).toEqual(['OK']);
  await minutes(4, 9);
  expect(told()).toEqual(['OK', 'ALARM']);
  expect(silences.list()).toEqual([]);
});

test('an incident that begins and ends during the silence is never notified', async () => {
  const { monitor, minutes, told } = watched();
  await minutes(5, 0);
  monitor.alarms.silences.begin('errors-critical', 20);
  await minutes(4, 9);
  await minutes(20, 0);
  expect(monitor.alarms.list()[0]).toMatchObject({
    state: 'OK',
    history: [{ to: 'OK' }, { to: 'ALARM' }, { to: 'OK' }],
  });
  expect(told()).toEqual(['OK']);
});

test('a silence can be ended early, and an alarm that does not exist cannot be silenced', async () => {
  const { monitor, minutes, told } = watched();
  await minutes(5, 0);
  const { silences } = monitor.alarms;
  silences.begin('errors-critical', 60);
  await minutes(4, 9);
  expect(silences.end('errors-critical')).toBe(true);
  expect(told()).toEqual(['OK', 'ALARM']);
  expect(silences.end('errors-critical')).toBe(false);
  expect(() => silences.begin('nothing', 5)).toThrow('there is no alarm nothing');
});

test('the signal of an alarm has its values per period, with its threshold', async () => {
  const { monitor, minutes } = watched();
  await minutes(2, 3);
  await minutes(1, 7);
  expect(monitor.alarms.signal('errors-critical', 4)).toMatchObject({
    ...{ label: 'Sum of Errors', periodSeconds: 60, from: '2025-12-31T23:59:00.000Z', values: [null, 3, 3, 7] },
    ...{ threshold: 5, comparison: 'at least', datapointsToAlarm: 1, evaluationPeriods: 3 },
  });
  expect(monitor.alarms.signal('nothing', 4)).toBeUndefined();
});

test('a series has every metric of its name, per minute', async () => {
  const { monitor, minutes } = watched();
  monitor.metrics.put({
    namespace: 'N',
    name: 'Errors',
    dimensions: { F: 'a' },
    timestamp: Date.UTC(2026, 0, 1),
    value: 4,
  });
  await minutes(2, 1);
  expect(monitor.metrics.series({ namespace: 'N', name: 'Errors', statistic: 'Sum' }, 2)).toEqual([
    { dimensions: { F: 'a' }, from: '2026-01-01T00:00:00.000Z', values: [4, null] },
    { dimensions: {}, from: '2026-01-01T00:00:00.000Z', values: [1, 1] },
  ]);
});
