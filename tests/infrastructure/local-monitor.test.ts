import { isLoopback, readTopics, type Template } from '@tick-store/local-cloud';
import { describe, expect, test } from 'vitest';
import type { DatabaseBackend } from '../../lib/config/database-backend.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { runbookOf } from '../../lib/runbook/runbook.ts';
import { ACCOUNT, AWAY, EXHAUSTED, HEALTHY, localResources, watchedService } from './support/monitor.ts';
import { BACKENDS, CONFIGS, RUNBOOK, synthesise } from './support/stacks.ts';

type WatchedService = ReturnType<typeof watchedService>;

/** Half-minutes. */
const MINUTE = 2;
const HOUR = 60 * MINUTE;

const PAGE = 'tick-store-critical: tick-store-database-unreachable-critical';

/** A service that has run for a while, with what it has reported up to then. */
async function settled(backend: DatabaseBackend = 'proxy') {
  const service = watchedService(backend);
  await service.halfMinutes(20 * MINUTE, () => HEALTHY);
  const before = service.told().length;
  return { ...service, since: () => service.told().slice(before) };
}

/** The largest batches that the contract allows, one every six seconds, all of them stored. */
const LARGEST_BATCHES = (service: Pick<WatchedService, 'invocation' | 'request'>) => () => {
  for (let nth = 0; nth < 5; nth++) {
    service.invocation({
      TotalMs: 1900,
      AcquireMs: [2],
      QueryMs: [608, 5],
      ReadMs: [5],
      BulkInsertMs: [608],
      InsertMsPer1000Rows: 9.3,
      RowsReceived: 65_536,
      RowsInserted: 65_536,
      RowsRejected: 0,
      FailedRequests: 0,
    });
    service.request(200, 1950);
  }
};

describe.each(BACKENDS)('on the backend %s', (backend) => {
  test('a first deployment pages nobody, nor does an hour of a healthy idle service', async () => {
    const service = watchedService(backend);
    // CloudFormation is not done yet
    await service.halfMinutes(5 * MINUTE, () => null);
    await service.halfMinutes(HOUR, () => HEALTHY);
    expect(service.pages()).toEqual([]);
    expect(service.inAlarm()).toEqual([]);
    service.monitor.stop();
  });

  test('an hour of the largest batches pages nobody', async () => {
    const service = await settled(backend);
    await service.halfMinutes(HOUR, () => HEALTHY, LARGEST_BATCHES(service));
    expect(service.since()).toEqual([]);
    service.monitor.stop();
  });
});

const PERIODS = [2, 3, 4, 5, 6, 7, 8];
const FLAPPING = [
  [
    'pool utilization',
    { ...HEALTHY, PoolUtilizationPercent: 86 },
    'tick-store-critical: tick-store-pool-utilization-page',
  ],
  ['the database', AWAY, PAGE],
  ['the pool, exhausted', EXHAUSTED, 'tick-store-critical: tick-store-pool-exhausted-page'],
  ['a long transaction', { ...HEALTHY, LongestTransactionSeconds: 130 }, 'tick-store-warning: tick-store-slow-warning'],
] as const;

describe.each(FLAPPING)('%s, bad now and then for an hour', (_, bad, page) => {
  test.each(PERIODS)('one bad sample of %i causes one page and one all-clear', async (period) => {
    const service = await settled();
    await service.halfMinutes(HOUR, (nth) => (nth % period === 0 ? bad : HEALTHY));
    await service.halfMinutes(HOUR / 2, () => HEALTHY);
    expect(service.since().filter((text) => text.startsWith(page))).toEqual([`${page} ALARM`, `${page} OK`]);
    service.monitor.stop();
  });

  test('two bad minutes and two good ones cause one page and one all-clear', async () => {
    const service = await settled();
    await service.halfMinutes(HOUR, (nth) => (nth % 8 < 4 ? bad : HEALTHY));
    await service.halfMinutes(HOUR / 2, () => HEALTHY);
    expect(service.since().filter((text) => text.startsWith(page))).toEqual([`${page} ALARM`, `${page} OK`]);
    service.monitor.stop();
  });
});

test('one bad sample pages nobody', async () => {
  const service = await settled();
  await service.halfMinutes(HOUR, (nth) => (nth === 5 ? AWAY : HEALTHY));
  expect(service.since()).toEqual([]);
  service.monitor.stop();
});

test.each([60, 120, 180, 240])('metrics that are %i s late page only of a real outage', async (seconds) => {
  const service = await settled();
  const lift = service.monitor.delayMetrics(seconds * 1000);
  await service.halfMinutes(HOUR / 2, () => HEALTHY);
  expect(service.since()).toEqual([]);
  await service.halfMinutes(10 * MINUTE, () => AWAY);
  expect(service.since()).toEqual([`${PAGE} ALARM`]);
  await service.halfMinutes(HOUR / 2, () => HEALTHY);
  expect(service.since()).toEqual([`${PAGE} ALARM`, `${PAGE} OK`]);
  lift();
  service.monitor.stop();
});

test('an outage of ten minutes causes a dozen alarms, one page and one all-clear', async () => {
  const service = await settled();
  const seen = new Set<string>();
  const refusals = () => {
    for (let i = 0; i < 30; i++) {
      service.invocation({
        UnavailableErrors: 1,
        OverloadErrors: 1,
        FailedRequests: 1,
        AcquireMs: [10_000],
        ReadMs: [900],
      });
      service.request(503, 10_050);
    }
    for (const name of service.inAlarm()) seen.add(name);
  };
  await service.halfMinutes(10 * MINUTE, () => AWAY, refusals);
  await service.halfMinutes(HOUR, () => HEALTHY);
  expect([...seen]).toEqual(
    expect.arrayContaining(['requests-unavailable-critical', 'overload-critical', 'requests-failing-critical']),
  );
  expect(service.inAlarm()).toEqual([]);
  expect(service.since()).toEqual([`${PAGE} ALARM`, `${PAGE} OK`]);
  service.monitor.stop();
});

test('an exhausted pool is paged once as such, and not as an unreachable database', async () => {
  const service = await settled();
  const refusals = () => {
    for (let i = 0; i < 30; i++) service.invocation({ OverloadErrors: 1, AcquireMs: [10_000], TotalMs: 10_000 });
  };
  await service.halfMinutes(10 * MINUTE, () => EXHAUSTED, refusals);
  await service.halfMinutes(HOUR, () => HEALTHY);
  const page = 'tick-store-critical: tick-store-pool-exhausted-page';
  expect(service.since()).toEqual([`${page} ALARM`, `${page} OK`]);
  service.monitor.stop();
});

test('a warning alone goes only to the recipients of warnings', async () => {
  const service = await settled();
  await service.halfMinutes(10 * MINUTE, () => ({ ...HEALTHY, PoolUtilizationPercent: 75 }));
  expect(service.since()).toEqual(['tick-store-warning: tick-store-saturated-warning ALARM']);
  service.monitor.stop();
});

describe('while every critical alarm that is not its cause is in ALARM, a critical alarm still pages', () => {
  /** All of them stand: rejected rows, old transaction ids, failing requests, slow reads and inserts, throttles … */
  const standing = (service: WatchedService) => () => {
    for (let i = 0; i < 30; i++) {
      service.invocation({
        UnavailableErrors: 1,
        OverloadErrors: 1,
        FailedRequests: 1,
        ReadMs: [900],
        InsertMsPer1000Rows: 900,
      });
      for (let n = 0; n < 5; n++) service.request(503);
      service.throttle();
    }
    service.undelivered();
  };
  const STANDING = { ...HEALTHY, PoolUtilizationPercent: 90, XidAgeRatio: 0.8 };

  test.each([
    ['database-down', { ...STANDING, ...AWAY }, PAGE],
    ['pool-exhaustion', { ...STANDING, ...EXHAUSTED }, 'tick-store-critical: tick-store-pool-exhausted-page'],
  ])('%s pages within 90 s', async (_, bad, page) => {
    const service = await settled();
    await service.halfMinutes(20 * MINUTE, () => STANDING, standing(service));
    expect(
      service
        .inAlarm()
        .filter((name) => name.endsWith('-critical'))
        .toSorted(),
    ).toEqual([
      'gateway-errors-critical',
      'inserts-slow-critical',
      'overload-critical',
      'pool-utilization-critical',
      'reads-slow-critical',
      'requests-failing-critical',
      'requests-unavailable-critical',
      'throttled-critical',
      'transaction-id-age-critical',
      'undelivered-pages-critical',
    ]);
    const before = service.told().length;
    const faultAt = service.clock.now();
    await service.halfMinutes(3, () => bad, standing(service));
    expect(service.told().slice(before)).toContain(`${page} ALARM`);
    const [last] = service.monitor.sns.messages().filter(({ subject }) => subject.startsWith('ALARM'));
    expect(Date.parse(last?.publishedAt ?? '') - faultAt).toBeLessThan(90_000);
    service.monitor.stop();
  });
});

test('a database that becomes unreachable pages within 90 s', async () => {
  const service = await settled();
  // the worst moment: just after a sample; the next two need their 9 s each to find out
  const away = service.clock.now();
  await service.clock.advance(30_000 + 8_750);
  service.sample(AWAY);
  await service.clock.advance(30_000);
  service.sample(AWAY);
  await service.clock.advance(21_250);
  expect(service.since()).toEqual([`${PAGE} ALARM`]);
  const { StateChangeTime } = JSON.parse(service.monitor.sns.messages()[0]?.message ?? '');
  expect(Date.parse(StateChangeTime) - away).toBeLessThan(90_000);
  service.monitor.stop();
});

test.each([
  ['database-unreachable-critical', AWAY],
  ['pool-utilization-critical', { ...HEALTHY, PoolUtilizationPercent: 90 }],
  ['lock-wait-warning', { ...HEALTHY, LongestLockWaitSeconds: 11 }],
  ['dead-tuples-warning', { ...HEALTHY, DeadTupleRatio: 0.3 }],
])('%s returns to OK when the runbook says', async (name, bad) => {
  const runbook = runbookOf(readConfig({})).replaceAll(/\s+/g, ' ');
  const [, from, to] =
    new RegExp(`\`tick-store-${name}\` returns to OK ([\\d.]+) to ([\\d.]+) minutes after`).exec(runbook) ?? [];
  const service = await settled();
  await service.halfMinutes(20 * MINUTE, () => bad);
  expect(service.inAlarm()).toContain(name);
  const lastBadAt = service.clock.now() - 29_600;
  const minutesSince = () => (service.clock.now() - lastBadAt) / 60_000;
  while (service.inAlarm().includes(name) && minutesSince() < 60) await service.halfMinutes(1, () => HEALTHY);
  expect(minutesSince()).toBeGreaterThanOrEqual(Number(from));
  // the last bad sample is somewhere in its period, which is five minutes at most
  expect(minutesSince()).toBeLessThanOrEqual(Number(to) + 5);
  service.monitor.stop();
});

test('a silent probe pages', async () => {
  const service = await settled();
  await service.halfMinutes(10 * MINUTE, () => null);
  expect(service.inAlarm()).toEqual(['probe-silent-critical']);
  expect(service.since()).toEqual(['tick-store-critical: tick-store-probe-silent-critical ALARM']);
  await service.halfMinutes(10 * MINUTE, () => HEALTHY);
  expect(service.inAlarm()).toEqual([]);
  service.monitor.stop();
});

test('a probe that never starts after a first deployment pages once the warm-up has ended', async () => {
  const service = watchedService();
  await service.halfMinutes(14 * MINUTE, () => null);
  expect(service.pages()).toEqual([]);
  await service.halfMinutes(4 * MINUTE, () => null);
  expect(service.pages()).toEqual(['tick-store-critical: tick-store-probe-silent-critical ALARM']);
  service.monitor.stop();
});

test('an hour of alarm time takes about a second', async () => {
  const service = watchedService();
  const started = performance.now();
  await service.halfMinutes(HOUR, () => HEALTHY);
  // generous: it is for a machine with other things to do, and to notice a change by an order of magnitude
  expect(performance.now() - started).toBeLessThan(10_000);
  service.monitor.stop();
});

test('the local topics have every recipient of the configuration', () => {
  const critical = {
    email: ['oncall@example.com'],
    https: ['https://127.0.0.1:1/hook', 'secret:tick-store/pagerduty-url'],
    httpsPages: ['https://pages.example.com/hook'],
    slack: [{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }],
    sms: ['+41791234567'],
  };
  const { template } = synthesise({ ...CONFIGS.postgres, alerts: { runbookUrl: RUNBOOK, critical } });
  const resources = localResources(template.toJSON() as Template);
  const { subscriptions } = readTopics(resources, ACCOUNT);
  expect(subscriptions.map(({ topicArn, protocol }) => `${topicArn.split(':').at(-1)} ${protocol}`).toSorted()).toEqual(
    [
      'tick-store-critical email',
      'tick-store-critical https',
      'tick-store-critical slack',
      'tick-store-critical sms',
      'tick-store-critical-alarms https',
      'tick-store-critical-alarms https',
      'tick-store-critical-alarms lambda',
      'tick-store-warning-alarms lambda',
    ],
  );
  expect(subscriptions.filter(({ endpoint }) => isLoopback(endpoint))).toHaveLength(1);
});
