import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunningAlarms } from '../cloudwatch/alarms/alarms.ts';
import { MetricStore } from '../cloudwatch/metrics/metric-store.ts';
import { ManualClock, systemClock } from '../machine/clock.ts';
import { Scheduler } from '../scheduler/scheduler.ts';

const START = Date.parse('2026-01-01T12:00:30Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** As after a machine has slept, or somebody has set its clock: time jumps, timers do not notice. */
const jump = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

test('a job that falls due while the machine sleeps runs soon after', () => {
  const job = vi.fn();
  systemClock.at(START + HOUR, job);
  jump(2 * HOUR);
  vi.advanceTimersByTime(30_000);
  expect(job).toHaveBeenCalledOnce();
});

test('a clock that is set back delays nothing: a job runs after the same elapsed time', () => {
  const job = vi.fn();
  systemClock.at(START + 5 * MINUTE, job);
  vi.advanceTimersByTime(4 * MINUTE);
  jump(-HOUR);
  vi.advanceTimersByTime(59_000);
  expect(job).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(job).toHaveBeenCalledOnce();
});

test('a small correction of the clock is followed', () => {
  const job = vi.fn();
  systemClock.at(START + 5 * MINUTE, job);
  vi.advanceTimersByTime(MINUTE);
  jump(-500);
  vi.advanceTimersByTime(4 * MINUTE);
  expect(job).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  expect(job).toHaveBeenCalledOnce();
});

test('a clock that is set back stops neither the schedules nor the alarms, and runs nothing before its time', () => {
  const sent: string[] = [];
  const schedule = (Name: string, ScheduleExpression: string) => ({
    logicalId: Name,
    type: 'AWS::Scheduler::Schedule',
    properties: { Name, ScheduleExpression, Target: { Arn: `arn:aws:lambda:x:0:function:${Name}` } },
  });
  const scheduler = new Scheduler({
    resources: [schedule('each-minute', 'rate(1 minute)'), schedule('nightly', 'cron(0 13 * * ? *)')],
    account: { id: '0', region: 'x' },
    clock: systemClock,
    send: async (target) => void sent.push(`${target.split(':').at(-1)} ${new Date().toISOString().slice(11, 16)}`),
  });
  const metrics = new MetricStore(systemClock);
  const alarm = {
    ...{ AlarmName: 'x', Namespace: 'N', MetricName: 'M', Statistic: 'Maximum', Period: 10, EvaluationPeriods: 1 },
    ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'notBreaching' },
  };
  const alarms = new RunningAlarms({
    ...{ account: '0', region: 'x', clock: systemClock, metrics },
    ...{ checkTopic: () => undefined, publish: () => undefined },
    resources: [{ logicalId: 'X', type: 'AWS::CloudWatch::Alarm', properties: alarm }],
  });
  scheduler.start();
  alarms.start();
  vi.advanceTimersByTime(MINUTE);
  jump(-10 * HOUR);
  sent.length = 0;
  vi.advanceTimersByTime(10 * MINUTE);
  expect(sent.filter((one) => one.startsWith('each-minute')).length).toBeGreaterThanOrEqual(9);
  metrics.put({ namespace: 'N', name: 'M', dimensions: {}, timestamp: Date.now(), value: 1, resolution: 1 });
  vi.advanceTimersByTime(15_000);
  expect(alarms.list()).toMatchObject([{ state: 'ALARM' }]);
  vi.advanceTimersByTime(12 * HOUR);
  expect(sent.filter((one) => one.startsWith('nightly'))).toEqual(['nightly 13:00']);
  scheduler.stop();
  alarms.stop();
});

test('a clock that leaps runs jobs that fell due meanwhile once, like a machine that slept', async () => {
  const clock = new ManualClock(0);
  const done: number[] = [];
  const everyMinute = () => {
    done.push(clock.now());
    clock.at(clock.now() + MINUTE, everyMinute);
  };
  clock.at(MINUTE, everyMinute);
  await clock.leap(8 * HOUR);
  expect(done).toEqual([8 * HOUR]);
  await clock.advance(2 * MINUTE);
  expect(done).toEqual([8 * HOUR, 8 * HOUR + MINUTE, 8 * HOUR + 2 * MINUTE]);
});
