import { describe, expect, test } from 'vitest';
import type { Resource } from '../cloudformation/resource.ts';
import { createMonitor } from '../cloudwatch/monitor.ts';
import { ManualClock } from '../machine/clock.ts';

const ACCOUNT = { account: '123456789012', region: 'eu-west-1' };
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:pager';
const arn = (name: string) => `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${name}`;

/** An alarm on its own metric: over 0 in a period of 10 s. */
const alarm = (name: string, more: object = {}): Resource => ({
  logicalId: name,
  type: 'AWS::CloudWatch::Alarm',
  properties: {
    AlarmName: name,
    Namespace: 'N',
    MetricName: name,
    Statistic: 'Maximum',
    Period: 10,
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 0,
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
    ...more,
  },
});

const composite = (name: string, rule: string, more: object = {}): Resource => ({
  logicalId: name,
  type: 'AWS::CloudWatch::CompositeAlarm',
  properties: { AlarmName: name, AlarmRule: rule, AlarmActions: [TOPIC], OKActions: [TOPIC], ...more },
});

const topic: Resource = { logicalId: 'Pager', type: 'AWS::SNS::Topic', properties: { TopicName: 'pager' } };

const suppressed = composite('warning', 'ALARM(w)', {
  ActionsSuppressor: arn('critical'),
  ActionsSuppressorWaitPeriod: 60,
  ActionsSuppressorExtensionPeriod: 120,
});

function cloud(...resources: Resource[]) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const monitor = createMonitor({ ...ACCOUNT, resources: [topic, ...resources], clock, print: () => undefined });
  monitor.start();
  const on = new Set<string>();
  return {
    monitor,
    on,
    /** Lets time pass; what is on sends a datapoint every 10 s. */
    seconds: async (count: number) => {
      for (let passed = 0; passed < count; passed += 10) {
        for (const name of on)
          monitor.metrics.put({
            namespace: 'N',
            name,
            dimensions: {},
            timestamp: clock.now(),
            value: 1,
            resolution: 1,
          });
        await clock.advance(10_000);
      }
    },
    told: () =>
      monitor.sns
        .messages()
        .reverse()
        .map(({ message }) => {
          const { AlarmName, OldStateValue, NewStateValue } = JSON.parse(message);
          return `${AlarmName} ${OldStateValue} -> ${NewStateValue}`;
        }),
    view: (name: string) => monitor.alarms.list().find((one) => one.name === name),
  };
}

/** With both composites settled on OK, and nothing held back. */
async function settled() {
  // in the wrong order on purpose: the suppressor has to be judged first
  const made = cloud(alarm('w'), alarm('c'), suppressed, composite('critical', 'ALARM(c)'));
  await made.seconds(200);
  const before = made.told().length;
  return { ...made, told: () => made.told().slice(before) };
}

describe('a composite', () => {
  test('acts only on its own changes, not on those of its children', async () => {
    const { on, seconds, told } = cloud(alarm('a'), alarm('b'), composite('any', 'ALARM(a) OR ALARM(b)'));
    await seconds(20);
    on.add('a');
    await seconds(20);
    on.add('b');
    await seconds(20);
    on.delete('a');
    await seconds(60);
    on.delete('b');
    await seconds(60);
    expect(told()).toEqual(['any INSUFFICIENT_DATA -> OK', 'any OK -> ALARM', 'any ALARM -> OK']);
  });

  test('names the children that triggered it, and why', async () => {
    const { on, seconds, monitor, view } = cloud(alarm('a'), alarm('b'), composite('any', 'ALARM(a) OR ALARM(b)'));
    await seconds(20);
    on.add('b');
    await seconds(20);
    const { TriggeringChildren, NewStateReason } = JSON.parse(monitor.sns.messages()[0]?.message ?? '');
    expect(TriggeringChildren).toEqual([
      {
        Arn: arn('b'),
        State: { Value: 'ALARM', Timestamp: expect.stringMatching(/^2026-01-01T00:00:\d\d\.000\+0000$/) },
      },
    ]);
    expect(NewStateReason).toMatch(
      /^arn:.*:alarm:b transitioned to ALARM at Thursday 01 January, 2026 00:00:\d\d UTC$/,
    );
    expect(view('any')).toMatchObject({ kind: 'composite', state: 'ALARM', reason: NewStateReason });
  });

  test('may depend on other composites', async () => {
    const { on, seconds, view } = cloud(composite('top', 'NOT OK(mid)'), composite('mid', 'ALARM(a)'), alarm('a'));
    on.add('a');
    await seconds(20);
    expect(view('top')?.state).toBe('ALARM');
  });
});

describe('a suppressor', () => {
  test('that stays OK lets the actions run after the wait', async () => {
    const { on, seconds, told, view } = await settled();
    on.add('w');
    await seconds(20);
    expect([view('warning')?.state, view('warning')?.suppressedBy, told()]).toEqual(['ALARM', 'WaitPeriod', []]);
    await seconds(60);
    expect([view('warning')?.suppressedBy, told()]).toEqual([null, ['warning OK -> ALARM']]);
  });

  test('that enters ALARM within the wait suppresses them, and remaining alarms notify after the extension', async () => {
    const { on, seconds, told, view } = await settled();
    on.add('w');
    await seconds(30);
    on.add('c');
    await seconds(300);
    expect([view('warning')?.suppressedBy, told()]).toEqual(['Alarm', ['critical OK -> ALARM']]);
    on.delete('c');
    await seconds(60);
    expect([view('warning')?.suppressedBy, told().length]).toEqual(['ExtensionPeriod', 2]);
    await seconds(120);
    expect(told()).toEqual(['critical OK -> ALARM', 'critical ALARM -> OK', 'warning OK -> ALARM']);
  });

  test('that is already in ALARM suppresses at once', async () => {
    const { on, seconds, told, view } = await settled();
    on.add('c');
    await seconds(20);
    on.add('w');
    await seconds(200);
    expect([view('warning')?.suppressedBy, told()]).toEqual(['Alarm', ['critical OK -> ALARM']]);
  });

  test('after which the alarm changes again causes a new wait, and the action of the state at its end', async () => {
    const { on, seconds, told, view } = await settled();
    on.add('w').add('c');
    await seconds(60);
    on.delete('c');
    await seconds(60);
    expect(view('warning')?.suppressedBy).toBe('ExtensionPeriod');
    on.delete('w');
    await seconds(40);
    expect(view('warning')?.suppressedBy).toBe('WaitPeriod');
    await seconds(120);
    expect(told()).toEqual(['critical OK -> ALARM', 'critical ALARM -> OK', 'warning ALARM -> OK']);
  });

  test('with nothing to suppress has no effect', async () => {
    const { on, seconds, told, view } = await settled();
    on.add('c');
    await seconds(60);
    expect(view('warning')?.suppressedBy).toBe('Alarm');
    on.delete('c');
    await seconds(300);
    expect([view('warning')?.suppressedBy, told()]).toEqual([null, ['critical OK -> ALARM', 'critical ALARM -> OK']]);
  });
});

describe('actions', () => {
  test('are those of the state that it enters', async () => {
    const { on, seconds, told } = cloud(
      alarm('a', { TreatMissingData: 'missing', AlarmActions: [TOPIC], InsufficientDataActions: [TOPIC] }),
    );
    on.add('a');
    await seconds(20);
    on.clear();
    await seconds(60);
    expect(told()).toEqual(['a INSUFFICIENT_DATA -> ALARM', 'a ALARM -> INSUFFICIENT_DATA']);
  });

  test('do not run if they are not enabled', async () => {
    const { on, seconds, told, view } = cloud(alarm('a', { ActionsEnabled: false, AlarmActions: [TOPIC] }));
    on.add('a');
    await seconds(20);
    expect([view('a')?.state, told()]).toEqual(['ALARM', []]);
  });
});

describe('the warm-up', () => {
  const heartbeat = (more: object = {}) =>
    alarm('a', {
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
      WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 5, ...more },
    });

  test('suppresses an alarm until its time has ended', async () => {
    const { seconds, view } = cloud(heartbeat());
    await seconds(290);
    expect(view('a')?.state).toBe('INSUFFICIENT_DATA');
    await seconds(20);
    expect(view('a')?.state).toBe('ALARM');
  });

  test('ends when the periods have filled with data', async () => {
    const { on, seconds, view } = cloud(heartbeat());
    on.add('a');
    await seconds(30);
    expect(view('a')?.state).toBe('OK');
    on.clear();
    await seconds(60);
    expect(view('a')?.state).toBe('ALARM');
  });

  test('does not end early if it must wait', async () => {
    const { on, seconds, view } = cloud(heartbeat({ OnlyStartEvaluatingAfterWarmUpPeriodEnds: true }));
    on.add('a');
    await seconds(290);
    expect(view('a')?.state).toBe('INSUFFICIENT_DATA');
    await seconds(20);
    expect(view('a')?.state).toBe('OK');
  });
});

describe('an inconsistent definition stops the start', () => {
  test.each([
    [[composite('c', 'ALARM(nobody)')], 'c refers to nobody, which is not an alarm'],
    [[composite('c', 'ALARM(d)'), composite('d', 'ALARM(c)')], 'depends on itself'],
    [[composite('c', 'ALARM(')], /^c cannot be emulated: .*ends too early/],
    [[composite('c', 'TRUE', { ActionsSuppressor: 'x' })], 'ActionsSuppressor needs'],
    [
      [composite('c', 'TRUE', { AlarmActions: ['arn:aws:sns:other'] })],
      /^c cannot be emulated: arn:aws:sns:other is not a topic/,
    ],
    [[alarm('a'), alarm('a')], 'two alarms have the same name'],
  ])('%#', (resources, message) => {
    expect(() => cloud(...resources)).toThrow(message);
  });
});
