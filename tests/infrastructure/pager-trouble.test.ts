import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AWAY, HEALTHY } from './support/monitor.ts';
import { ROUTING_KEY, recipient, running, stopPagers, withPagerDuty } from './support/running-pager.ts';

afterEach(stopPagers);

type Service = Awaited<ReturnType<typeof running>>;

const DATABASE = 'tick-store-database-unreachable-critical';
const CRITICAL = /^\[CRITICAL\] tick-store eu-central-1: database unreachable/;
const subjects = ({ pages }: Service) => pages().map(({ subject }) => subject);

const topicOf = ({ monitor }: Service) => monitor.sns.topicArn('tick-store-critical-alarms');

const messageOf = (alarm: string, state: 'ALARM' | 'OK', at: number): string =>
  JSON.stringify({
    ...{ AlarmName: alarm, NewStateValue: state, OldStateValue: state === 'OK' ? 'ALARM' : 'OK' },
    ...{ StateChangeTime: new Date(at).toISOString().replace('Z', '+0000'), NewStateReason: 'as tests say' },
  });

/** What SNS hands to the function: a change of an alarm's state. */
function changeOf(service: Service, alarm: string, state: 'ALARM' | 'OK', at: number) {
  const Sns = {
    MessageId: randomUUID(),
    TopicArn: topicOf(service),
    Subject: state,
    Message: messageOf(alarm, state, at),
  };
  return { Records: [{ Sns }] };
}

describe('PagerDuty that refuses a page', () => {
  test.each([400, 429, 500, 'reset'] as const)(
    'with %s: the page is kept, everybody else is paged once, and the alarm on undelivered pages reaches people directly',
    async (status) => {
      const pagerDuty = await recipient(() => status);
      const service = await running(...withPagerDuty(pagerDuty.url));
      await service.halfMinutes(3, AWAY);
      expect(subjects(service)).toEqual([expect.stringMatching(CRITICAL)]);
      expect(pagerDuty.received).toHaveLength(status === 400 ? 1 : 3);
      const [letter] = service.refused();
      expect(letter).toMatchObject({
        secret: 'tick-store/routing-key',
        reason: status === 'reset' ? expect.stringMatching(/socket hang up|ECONNRESET/) : `HTTP status ${status}`,
        page: expect.stringMatching(CRITICAL),
      });
      expect(JSON.stringify(letter)).not.toContain(ROUTING_KEY);

      await service.halfMinutes(3, AWAY);
      const [raw, made] = service.pages().filter(({ subject }) => !CRITICAL.test(subject));
      expect([raw, made].map((page) => page?.subject).toSorted()).toEqual([
        expect.stringMatching(/^ALARM: "tick-store-undelivered-pages-critical"/),
        expect.stringMatching(/^\[CRITICAL\] tick-store eu-central-1: pages not delivered since/),
      ]);
    },
  );

  test('for a moment gets the page in a retry, and nothing is undelivered', async () => {
    const pagerDuty = await recipient((nth) => (nth < 3 ? 429 : 202));
    const service = await running(...withPagerDuty(pagerDuty.url));
    await service.halfMinutes(3, AWAY);
    expect(pagerDuty.received).toHaveLength(3);
    expect([service.refused(), service.undelivered()]).toEqual([[], []]);
  });
});

test('a failed recipient is retried, and recipients that have the page are not paged again', async () => {
  const pagerDuty = await recipient((nth) => (nth === 1 ? 400 : 202));
  const [stack, more] = withPagerDuty(pagerDuty.url);
  // neither PagerDuty nor the queue takes it: only another attempt of the whole can help
  const variables = { ...more.variables, REFUSED_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/0/nowhere' };
  const service = await running(stack, { ...more, variables });
  await service.halfMinutes(6, AWAY);
  expect(subjects(service)).toEqual([expect.stringMatching(CRITICAL)]);
  expect(pagerDuty.received.map((event) => event['event_action'])).toEqual(['trigger', 'trigger']);
});

test('a pager that is killed between two recipients pages both in the end', async () => {
  const others = new Set(children());
  const pagerDuty = await recipient((nth) => {
    if (nth > 1) return 202;
    for (const pid of children()) if (!others.has(pid)) process.kill(pid, 'SIGKILL');
    return 'reset';
  });
  const [stack, more] = withPagerDuty(pagerDuty.url);
  const service = await running(stack, { ...more, concurrency: 1 });
  await service.halfMinutes(6, AWAY);
  expect(pagerDuty.received.at(-1)).toMatchObject({ event_action: 'trigger' });
  expect(pagerDuty.received).toHaveLength(2);
  // at least once: the environment that knew who had it is gone
  expect(subjects(service).length).toBeGreaterThan(0);
  for (const subject of subjects(service)) expect(subject).toMatch(CRITICAL);
});

/** The environments of functions that this process has started. */
const children = (): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([pid, parent, command]) =>
      Number(parent) === process.pid && !command?.endsWith('ps') ? [Number(pid)] : [],
    );

test('twenty alarms at once are twenty pages and twenty incidents', async () => {
  const pagerDuty = await recipient(() => 202);
  const service = await running(...withPagerDuty(pagerDuty.url));
  const alarms = [
    ...['database-unreachable', 'probe-silent', 'undelivered-pages', 'transaction-id-age'].map(
      (id) => `${id}-critical`,
    ),
    ...['requests-unavailable', 'requests-failing', 'gateway-errors', 'pool-exhausted'].map((id) => `${id}-page`),
    ...['pool-utilization', 'overload', 'throttled', 'reads-slow', 'inserts-slow'].map((id) => `${id}-page`),
    // unknown ones go out as they came
    ...Array.from({ length: 7 }, (_, nth) => `of-somebody-else-${nth}`),
  ].map((name) => `tick-store-${name}`);
  for (const alarm of alarms) {
    const message = messageOf(alarm, 'ALARM', service.clock.now());
    service.monitor.sns.publish(topicOf(service), { subject: `ALARM: "${alarm}"`, message });
  }
  // what Lambda refuses while all executions are busy comes again on the clock
  await vi.waitUntil(
    async () => {
      await service.clock.advance(1_000);
      return service.pages().length >= alarms.length;
    },
    { timeout: 120_000, interval: 100 },
  );
  await service.settled();
  expect(new Set(subjects(service)).size).toBe(alarms.length);
  expect(new Set(pagerDuty.received.map((event) => event['dedup_key'])).size).toBe(13);
  expect(service.undelivered()).toEqual([]);
});

describe('SNS delivers at least once, and in any order', () => {
  test('the same message twice is one page', async () => {
    const pagerDuty = await recipient(() => 202);
    const service = await running(...withPagerDuty(pagerDuty.url));
    const event = changeOf(service, 'tick-store-probe-silent-critical', 'ALARM', service.clock.now());
    await service.invoke(event);
    await service.invoke(event);
    expect(subjects(service)).toHaveLength(1);
    expect(pagerDuty.received).toHaveLength(1);
  });

  test('an ALARM that arrives after its OK says that it is over, and leaves no incident open', async () => {
    const pagerDuty = await recipient(() => 202);
    const service = await running(...withPagerDuty(pagerDuty.url));
    await service.halfMinutes(3, AWAY);
    const { StateChangeTime } = JSON.parse(
      service.monitor.sns.messages().find(({ topic }) => topic === 'tick-store-critical-alarms')?.message ?? '',
    );
    await service.halfMinutes(30, HEALTHY);
    expect(subjects(service)).toHaveLength(2);
    await service.invoke(changeOf(service, DATABASE, 'ALARM', Date.parse(StateChangeTime)));
    expect(subjects(service)[0]).toMatch(/: database unreachable from \d\d:\d\d:\d\dZ to \d\d:\d\d:\d\dZ$/);
    expect(pagerDuty.received.map((event) => event['event_action'])).toEqual([
      ...['trigger', 'resolve'],
      ...['trigger', 'resolve'],
    ]);
  });

  test('an OK that arrives after the next ALARM resolves nothing', async () => {
    const pagerDuty = await recipient(() => 202);
    const service = await running(...withPagerDuty(pagerDuty.url));
    const earlier = service.clock.now();
    await service.halfMinutes(3, AWAY);
    await service.invoke(changeOf(service, DATABASE, 'OK', earlier));
    expect(subjects(service)).toEqual([expect.stringMatching(CRITICAL)]);
    expect(pagerDuty.received.map((event) => event['event_action'])).toEqual(['trigger']);
  });
});

test('pages are sent even if CloudWatch does not respond', async () => {
  const service = await running(undefined, { variables: { AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:1/' } });
  await service.halfMinutes(3, AWAY);
  expect(subjects(service)).toEqual([expect.stringMatching(CRITICAL)]);
  expect(service.pages()[0]?.message).not.toContain('got 503');
});
