import { afterEach, describe, expect, test } from 'vitest';
import { AWAY, HEALTHY } from './support/monitor.ts';
import { recipient, running, stopPagers, withPagerDuty } from './support/running-pager.ts';
import { propertiesOf } from './support/stacks.ts';

afterEach(stopPagers);

/** Half-minutes. */
const MINUTE = 2;
const HOUR = 60 * MINUTE;
/** A page that waits is tried within it, once PagerDuty takes events again. */
const NEXT_ATTEMPT = 7 * MINUTE;
/** After an outage, its alarm is OK. */
const RECOVERY = 15 * MINUTE;

const DATABASE = 'tick-store/eu-central-1/unreachable/database-unreachable';
const UNDELIVERED = 'tick-store/eu-central-1/platform/undelivered-pages';

/** A PagerDuty that refuses everything until it is switched on, and the pager of a stack with no other recipient. */
async function refusing(more: { readonly startAt?: number } = {}) {
  let isUp = false;
  const pagerDuty = await recipient(() => (isUp ? 202 : 400));
  const [stack, access] = withPagerDuty(pagerDuty.url);
  const service = await running(stack, { ...access, ...more });
  let refusals = 0;
  return {
    ...service,
    /** Events that it has refused. */
    attempts: () => pagerDuty.received.length,
    switchOn: () => {
      isUp = true;
      refusals = pagerDuty.received.length;
    },
    /** What it has taken of an incident, in order. */
    taken: (key: string) => pagerDuty.received.slice(refusals).filter((event) => event['dedup_key'] === key),
  };
}

const actions = (events: readonly Record<string, unknown>[]) => events.map((event) => event['event_action']);

test('after PagerDuty has refused for two hours, it gets the page once, and the all-clear', {
  timeout: 180_000,
}, async () => {
  const { halfMinutes, refused, undelivered, attempts, switchOn, taken } = await refusing();
  await halfMinutes(3, AWAY);
  expect(attempts()).toBe(1);
  expect(refused()).toMatchObject([{ secret: 'tick-store/routing-key', reason: 'HTTP status 400' }]);
  await halfMinutes(2 * HOUR, AWAY);
  // the page, and that it was not delivered, every six minutes each
  expect(attempts()).toBeGreaterThan(30);
  expect(undelivered()).toEqual([]);

  switchOn();
  await halfMinutes(NEXT_ATTEMPT, AWAY);
  expect(actions(taken(DATABASE))).toEqual(['trigger']);
  expect(actions(taken(UNDELIVERED))).toEqual(['trigger']);
  expect(taken(DATABASE)[0]?.['payload']).toMatchObject({
    summary: expect.stringMatching(/^\[CRITICAL\] tick-store eu-central-1: database unreachable since /),
    custom_details: { Late: expect.stringMatching(/^PagerDuty refused it at .+Z: HTTP status 400$/) },
  });
  expect(refused()).toEqual([]);

  await halfMinutes(RECOVERY, HEALTHY);
  expect(actions(taken(DATABASE))).toEqual(['trigger', 'resolve']);
  expect(actions(taken(UNDELIVERED))).toEqual(['trigger', 'resolve']);
  expect([refused(), undelivered()]).toEqual([[], []]);
});

describe('of an outage that has ended meanwhile', () => {
  test('a page of the last hour opens and resolves an incident, and says from when to when', async () => {
    const { halfMinutes, refused, undelivered, switchOn, taken } = await refusing();
    await halfMinutes(3, AWAY);
    await halfMinutes(RECOVERY, HEALTHY);
    switchOn();
    await halfMinutes(NEXT_ATTEMPT, HEALTHY);
    const events = taken(DATABASE);
    const triggers = events.filter((event) => event['event_action'] === 'trigger');
    expect(triggers).toMatchObject([
      { payload: { summary: expect.stringMatching(/: database unreachable from \S+Z to \S+Z\.$/) } },
    ]);
    expect(events.at(-1)).toMatchObject({ event_action: 'resolve' });
    expect([refused(), undelivered()]).toEqual([[], []]);
  });

  test('an older page wakes nobody: it is left for a person to read, and its alarm stays in ALARM', async () => {
    const { halfMinutes, refused, undelivered, switchOn, taken, monitor } = await refusing({
      startAt: Date.now() - 4 * 3_600_000,
    });
    await halfMinutes(3, AWAY);
    await halfMinutes(RECOVERY, HEALTHY);
    switchOn();
    await halfMinutes(NEXT_ATTEMPT, HEALTHY);
    expect(new Set(actions(taken(DATABASE)))).toEqual(new Set(['resolve']));
    expect(actions(taken(UNDELIVERED))).toEqual(['trigger']);
    expect(refused()).toEqual([]);
    expect(undelivered()).toMatchObject([
      { reason: expect.stringMatching(/^database unreachable from .+: it ended before PagerDuty accepted it/) },
    ]);
    await halfMinutes(RECOVERY, HEALTHY);
    const alarms = monitor.alarms.list().filter(({ state }) => state === 'ALARM');
    expect(alarms.map(({ name }) => name)).toEqual(['tick-store-undelivered-pages-critical']);
  });

  test('if the alarm is in ALARM again, only the new page is sent', async () => {
    const { halfMinutes, switchOn, taken } = await refusing();
    await halfMinutes(3, AWAY);
    await halfMinutes(RECOVERY, HEALTHY);
    await halfMinutes(3, AWAY);
    switchOn();
    await halfMinutes(NEXT_ATTEMPT, AWAY);
    expect(actions(taken(DATABASE))).toEqual(['trigger']);
  });
});

describe('what comes from the queue', () => {
  const letter = (state: 'ALARM' | 'OK', more: object = {}) => {
    const change = { AlarmName: 'tick-store-probe-silent-critical', NewStateValue: state, OldStateValue: 'OK' };
    return {
      ...{ secret: 'tick-store/routing-key', severity: 'critical', reason: 'HTTP status 500', page: 'The page' },
      refusedAt: new Date().toISOString(),
      source: { subject: '', text: JSON.stringify({ ...change, StateChangeTime: new Date().toISOString() }) },
      ...more,
    };
  };
  const records = (...bodies: unknown[]) => ({
    Records: bodies.map((body, nth) => ({
      ...{ eventSource: 'aws:sqs', messageId: `m${nth}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  });

  test('that cannot be sent is left for a person and not retried', async () => {
    const { invoke, switchOn, undelivered } = await refusing();
    switchOn();
    const gone = { AlarmName: 'tick-store-no-more', NewStateValue: 'ALARM', StateChangeTime: new Date().toISOString() };
    const bodies = [
      'nonsense',
      { secret: 'of an older release' },
      letter('ALARM', { secret: 'tick-store/former' }),
      letter('ALARM', { source: { subject: '', text: JSON.stringify(gone) } }),
    ];
    expect(await invoke(records(...bodies))).toEqual({ batchItemFailures: [] });
    expect(undelivered().map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/JSON/),
      expect.stringMatching(/^not a refused page: .*severity/),
      'tick-store/former is no longer a recipient',
      'no alarm tick-store-no-more in the catalogue of pages',
    ]);
  });

  test('twice is sent once', async () => {
    const { invoke, switchOn, attempts } = await refusing();
    switchOn();
    const event = records(letter('ALARM'));
    await invoke(event);
    const once = attempts();
    expect(once).toBeGreaterThan(0);
    await invoke(event);
    expect(attempts()).toBe(once);
  });

  test('a page is sent while CloudWatch does not respond, but an all-clear waits', async () => {
    const pagerDuty = await recipient(() => 202);
    const [stack, access] = withPagerDuty(pagerDuty.url);
    const variables = { ...access.variables, AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:1/' };
    const { invoke } = await running(stack, { ...access, variables });
    expect(await invoke(records(letter('ALARM'), letter('OK')))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }],
    });
    expect(actions(pagerDuty.received)).toEqual(['trigger']);
  });
});

test('the queue retries for twelve hours, no run overlaps the next attempt, and then the page is left for a person', () => {
  const [{ template }] = withPagerDuty('https://127.0.0.1/');
  const queues = propertiesOf(template, 'AWS::SQS::Queue');
  const named = (name: string) => Object.entries(queues).find(([, { QueueName }]) => QueueName === name) ?? ['', {}];
  const [id, { VisibilityTimeout, RedrivePolicy, MessageRetentionPeriod }] = named('tick-store-refused-pages');
  expect((VisibilityTimeout * RedrivePolicy.maxReceiveCount) / 3600).toBe(12);
  expect(MessageRetentionPeriod).toBeGreaterThan(VisibilityTimeout * RedrivePolicy.maxReceiveCount);
  expect(RedrivePolicy.deadLetterTargetArn).toEqual({
    'Fn::GetAtt': [named('tick-store-undelivered-pages')[0], 'Arn'],
  });
  const [pager] = Object.values(propertiesOf(template, 'AWS::Lambda::Function')).filter(
    ({ FunctionName }) => FunctionName === 'tick-store-send-pages',
  );
  expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * pager?.Timeout);
  const [mapping, ...more] = Object.values(propertiesOf(template, 'AWS::Lambda::EventSourceMapping'));
  expect(more).toEqual([]);
  expect(mapping).toMatchObject({ BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  expect(mapping?.EventSourceArn).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
  expect(mapping?.ScalingConfig.MaximumConcurrency).toBeLessThan(pager?.ReservedConcurrentExecutions);
});

test('its alarm counts messages in any state, within the limit of metrics per alarm', () => {
  const [{ template }] = withPagerDuty('https://127.0.0.1/');
  const [alarm] = Object.values(propertiesOf(template, 'AWS::CloudWatch::Alarm')).filter(
    ({ AlarmName }) => AlarmName === 'tick-store-undelivered-pages-critical',
  );
  const metrics = alarm?.Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: { MetricName: string } } }) =>
    MetricStat === undefined ? [] : [MetricStat.Metric.MetricName],
  );
  for (const state of ['Visible', 'NotVisible', 'Delayed'])
    expect(metrics).toContain(`ApproximateNumberOfMessages${state}`);
  expect(metrics.length).toBeLessThanOrEqual(10);
});
