import { describe, expect, test } from 'vitest';
import type { Resource } from '../cloudformation/resource.ts';
import { AsyncInvocations } from '../lambda/async-invocations.ts';
import { failure, type InvocationResult } from '../lambda/execution-environment.ts';
import { ManualClock } from '../machine/clock.ts';
import { queuesOf } from '../messaging/local-queue.ts';
import { readScheduleExpression } from '../scheduler/schedule-expression.ts';
import { Scheduler } from '../scheduler/scheduler.ts';

const START = Date.parse('2026-03-28T22:30:10Z');
const MINUTE = 60_000;
const account = { id: '000000000000', region: 'eu-central-1' };
const TARGET = 'arn:aws:lambda:eu-central-1:000000000000:function:probe:live';

describe('an expression of Scheduler', () => {
  test.each<[string, string, string[]]>([
    ['rate(1 minute)', 'UTC', ['2026-03-28T22:30:10Z', '2026-03-28T22:31:10Z', '2026-03-28T22:32:10Z']],
    ['rate(2 hours)', 'UTC', ['2026-03-28T22:30:10Z', '2026-03-29T00:30:10Z']],
    ['cron(0 2 * * ? *)', 'Etc/UTC', ['2026-03-29T02:00:00Z', '2026-03-30T02:00:00Z']],
    // the clocks go forward in Berlin in that night
    ['cron(30 6 * * ? *)', 'Europe/Berlin', ['2026-03-29T04:30:00Z', '2026-03-30T04:30:00Z']],
    ['cron(0 12 ? * 2 *)', 'UTC', ['2026-03-30T12:00:00Z', '2026-04-06T12:00:00Z']],
    ['cron(0 12 ? * MON-FRI *)', 'UTC', ['2026-03-30T12:00:00Z', '2026-03-31T12:00:00Z']],
    ['cron(0 0 1 1 ? 2028)', 'UTC', ['2028-01-01T00:00:00Z']],
    ['at(2026-03-29T00:00:00)', 'UTC', ['2026-03-29T00:00:00Z']],
  ])('%s in %s', (expression, timezone, expected) => {
    const next = readScheduleExpression(expression, timezone);
    let after = START - 1;
    for (const due of expected) {
      after = next(after, START) ?? Number.NaN;
      expect(new Date(after).toISOString().replace('.000', '')).toBe(due);
    }
  });

  test('that has run for the last time is never due again', () => {
    expect(readScheduleExpression('at(2026-03-28T00:00:00)', 'UTC')(START, START)).toBe(null);
    expect(readScheduleExpression('cron(0 0 1 1 ? 2025)', 'UTC')(START, START)).toBe(null);
  });

  test.each([['rate(0 minutes)'], ['rate(1 week)'], ['cron(0 2 * * *)'], ['every day']])(
    '%s is not valid',
    (expression) => {
      expect(() => readScheduleExpression(expression, 'UTC')).toThrow(expression);
    },
  );
});

describe('a schedule', () => {
  function schedulerOf(...schedules: Record<string, unknown>[]) {
    const clock = new ManualClock(START);
    const sent: { target: string; payload: unknown; at: number }[] = [];
    const resources = schedules.map((properties, index): Resource => {
      const all = { ScheduleExpression: 'rate(1 minute)', Target: { Arn: TARGET }, ...properties };
      return { logicalId: `S${index}`, type: 'AWS::Scheduler::Schedule', properties: all };
    });
    const send = async (target: string, payload: string) => {
      sent.push({ target, payload: JSON.parse(payload), at: clock.now() });
    };
    return { clock, sent, scheduler: new Scheduler({ resources, account, clock, send }) };
  }

  test('runs at once and then at its rate, with its input, until it is stopped', async () => {
    const { clock, sent, scheduler } = schedulerOf({ Name: 'probe', Target: { Arn: TARGET, Input: '{"samples":2}' } });
    await clock.advance(MINUTE);
    expect(sent).toEqual([]);
    scheduler.start();
    await clock.advance(60 * MINUTE);
    expect(sent).toHaveLength(61);
    expect(sent[0]).toEqual({ target: TARGET, payload: { samples: 2 }, at: START + MINUTE });
    expect(scheduler.list()).toMatchObject([{ name: 'probe', last: '2026-03-28T23:31:10.000Z', enabled: true }]);
    scheduler.stop();
    await clock.advance(10 * MINUTE);
    expect(sent).toHaveLength(61);
  });

  test('without an input sends what Scheduler sends', async () => {
    const { clock, sent, scheduler } = schedulerOf({ Name: 'nightly', ScheduleExpression: 'cron(0 2 * * ? *)' });
    scheduler.start();
    await clock.advance(24 * 60 * MINUTE);
    expect(sent.map(({ payload }) => payload)).toMatchObject([
      {
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        time: '2026-03-29T02:00:00Z',
        resources: ['arn:aws:scheduler:eu-central-1:000000000000:schedule/default/nightly'],
      },
    ]);
  });

  test('that a drill has paused skips due runs, and later continues', async () => {
    const { clock, sent, scheduler } = schedulerOf({ Name: 'x-probe' }, { Name: 'x-other' });
    scheduler.start();
    await clock.advance(MINUTE - 1);
    const resume = scheduler.pause('-probe');
    expect(scheduler.list().map(({ enabled }) => enabled)).toEqual([false, true]);
    await clock.advance(3 * MINUTE);
    expect(sent).toHaveLength(2 + 3);
    resume();
    await clock.advance(MINUTE);
    expect(sent).toHaveLength(2 + 3 + 2);
    expect(() => scheduler.pause('-none')).toThrow("no schedule's name ends in -none");
    scheduler.stop();
  });

  test('that is disabled never runs', async () => {
    const { clock, sent, scheduler } = schedulerOf({ State: 'DISABLED' });
    scheduler.start();
    await clock.advance(60 * MINUTE);
    expect(sent).toEqual([]);
    expect(scheduler.list()).toMatchObject([{ enabled: false, next: null }]);
  });
});

describe('an event for a function that fails', () => {
  const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:dead';
  const failed = failure('error', 'Error', 'no');
  const throttled = failure('throttled', 'TooManyRequestsException', 'full');

  /** @param results what each invocation returns; the last for all that follow */
  function eventsOf(rule: Record<string, unknown>, results: InvocationResult[]) {
    const clock = new ManualClock(START);
    const destination = { DestinationConfig: { OnFailure: { Destination: QUEUE } } };
    const resources: Resource[] = [
      { logicalId: 'Q', type: 'AWS::SQS::Queue', properties: { QueueName: 'dead' } },
      {
        logicalId: 'C',
        type: 'AWS::Lambda::EventInvokeConfig',
        properties: { FunctionName: 'probe', Qualifier: 'live', ...destination, ...rule },
      },
    ];
    const queues = queuesOf(resources, account);
    const times: number[] = [];
    const warnings: string[] = [];
    const invoke = async () => {
      times.push((clock.now() - START) / 1000);
      return results[Math.min(times.length, results.length) - 1] as InvocationResult;
    };
    const events = new AsyncInvocations({ resources, clock, queues, invoke, warn: (line) => warnings.push(line) });
    const dead = () => (queues.get(QUEUE)?.messages(clock.now()) ?? []).map(({ body }) => JSON.parse(body));
    return { clock, events, times, warnings, dead };
  }

  test('is retried after one and two minutes, then goes to the queue', async () => {
    const { clock, events, times, warnings, dead } = eventsOf({ MaximumRetryAttempts: 2 }, [failed]);
    await events.send(TARGET, '{"samples":2}');
    await clock.advance(60 * MINUTE);
    expect(times).toEqual([0, 60, 180]);
    expect(dead()).toMatchObject([
      {
        requestContext: { functionArn: TARGET, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        requestPayload: { samples: 2 },
        responsePayload: { errorMessage: 'no' },
      },
    ]);
    expect(warnings).toEqual(['probe failed permanently (error): its event is in the queue dead']);
  });

  test('is not retried if the template says so', async () => {
    const { clock, events, times, dead } = eventsOf({ MaximumRetryAttempts: 0 }, [failed]);
    await events.send(TARGET, '{}');
    await clock.advance(60 * MINUTE);
    expect(times).toEqual([0]);
    expect(dead()).toHaveLength(1);
  });

  test('and then succeeds leaves nothing in the queue', async () => {
    const { clock, events, times, dead } = eventsOf({}, [failed, { ok: true, payload: null }]);
    await events.send(TARGET, '{}');
    await clock.advance(60 * MINUTE);
    expect(times).toEqual([0, 60]);
    expect(dead()).toEqual([]);
  });

  test('and is throttled is attempted at growing intervals until it is too old, without counting as a retry', async () => {
    const rule = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };
    const { clock, events, times, dead } = eventsOf(rule, [throttled]);
    await events.send(TARGET, '{}');
    await clock.advance(60 * MINUTE);
    expect(times).toEqual([0, 1, 3, 7, 15, 31]);
    expect(dead()).toMatchObject([{ requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 } }]);
  });

  test('stays in the queue for the retention period', async () => {
    const { clock, events, dead } = eventsOf({ MaximumRetryAttempts: 0 }, [failed]);
    await events.send(TARGET, '{}');
    await clock.advance(4 * 24 * 60 * MINUTE);
    expect(dead()).toHaveLength(1);
    await clock.advance(MINUTE);
    expect(dead()).toEqual([]);
  });

  test('is dropped when everything is stopped', async () => {
    const { clock, events, times } = eventsOf({}, [failed]);
    await events.send(TARGET, '{}');
    events.stop();
    await clock.advance(60 * MINUTE);
    expect(times).toEqual([0]);
  });
});
