import { isLoopback, readTopics, type Template } from '@tick-store/local-cloud';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, AWAY, HEALTHY, localResources, watchedService } from './support/monitor.ts';
import { BACKENDS, CONFIGS, synthesise } from './support/stacks.ts';

/** Half-minutes. */
const MINUTE = 2;
const HOUR = 60 * MINUTE;

const PAGE = 'tick-store-critical: tick-store-database-critical ALARM';

/** A service that has run for a while. */
async function settled() {
  const service = watchedService();
  await service.halfMinutes(20 * MINUTE, () => HEALTHY);
  return service;
}

describe.each(BACKENDS)('on the backend %s', (backend) => {
  test('a first deployment pages nobody, nor does an hour of a healthy service with nothing to do', async () => {
    const service = watchedService(backend);
    // CloudFormation is not done yet
    await service.halfMinutes(5 * MINUTE, () => null);
    await service.halfMinutes(HOUR, () => HEALTHY);
    // each composite notifies once that it has returned to OK, as on CloudWatch
    expect(service.told()).toEqual([
      'tick-store-critical: tick-store-database-critical OK',
      'tick-store-warning: tick-store-database-warning OK',
    ]);
    expect(service.inAlarm()).toEqual([]);
    expect(service.printed).toHaveLength(2);
    service.monitor.stop();
  });
});

test('an hour of alarm time takes about a second', async () => {
  const service = watchedService();
  const started = performance.now();
  await service.halfMinutes(HOUR, () => HEALTHY);
  // generous: it is for a machine with other things to do, and to notice a change by an order of magnitude
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(service.monitor.alarms.list().length).toBeGreaterThan(100);
});

describe('flapping around a threshold pages once', () => {
  test.each([
    ['pool utilization', { ...HEALTHY, PoolUtilizationPercent: 95 }, 'pool-utilization-critical'],
    ['the longest wait for a lock', { ...HEALTHY, LongestLockWaitSeconds: 40 }, 'lock-wait-critical'],
    ['the database, reachable and not', AWAY, 'probe-up-critical'],
  ])('%s', async (_, bad, alarm) => {
    const service = await settled();
    await service.halfMinutes(HOUR / 2, (nth) => (nth % 2 === 0 ? bad : HEALTHY));
    expect(service.inAlarm()).toContain(alarm);
    expect(service.pages()).toEqual([PAGE]);
    await service.halfMinutes(HOUR / 2, () => HEALTHY);
    expect(service.inAlarm()).toEqual([]);
    expect(service.pages()).toEqual([PAGE]);
    service.monitor.stop();
  });

  test('one bad sample pages nobody', async () => {
    const service = await settled();
    await service.halfMinutes(HOUR / 2, (nth) => (nth === 5 ? { ...HEALTHY, PoolUtilizationPercent: 95 } : HEALTHY));
    expect(service.pages()).toEqual([]);
    service.monitor.stop();
  });
});

describe('one incident pages once', () => {
  test('a database that is unreachable for ten minutes: a dozen alarms, one page, one all-clear', async () => {
    const service = await settled();
    const before = service.told().length;
    const refusals = () => {
      for (let i = 0; i < 30; i++) {
        service.invocation({ UnavailableErrors: 1, AcquireMs: [10_000], TotalMs: 10_000 });
        service.request(503, 10_050);
      }
    };
    const seen = new Set<string>();
    await service.halfMinutes(
      10 * MINUTE,
      () => AWAY,
      () => {
        refusals();
        for (const name of service.inAlarm()) seen.add(name);
      },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'probe-up-critical',
        'unavailable-critical',
        'unavailable-warning',
        'api-errors-critical',
      ]),
    );
    await service.halfMinutes(HOUR, () => HEALTHY);
    expect(service.inAlarm()).toEqual([]);
    expect(
      service
        .told()
        .slice(before)
        .filter((text) => text.includes('critical')),
    ).toEqual([PAGE, 'tick-store-critical: tick-store-database-critical OK']);
    // the warnings of the same incident never spoke up
    expect(service.pages()).toEqual([PAGE]);
    service.monitor.stop();
  });

  test('a warning alone goes to those who get warnings', async () => {
    const service = await settled();
    await service.halfMinutes(10 * MINUTE, () => ({ ...HEALTHY, PoolUtilizationPercent: 75 }));
    expect(service.pages()).toEqual(['tick-store-warning: tick-store-database-warning ALARM']);
    service.monitor.stop();
  });
});

test('a database that becomes unreachable pages within 90 s', async () => {
  const service = await settled();
  // the worst moment: just after a sample; the next one needs its 9 s to find out
  const away = service.clock.now();
  await service.clock.advance(30_000 + 8_750);
  service.sample(AWAY);
  await service.clock.advance(51_250);
  expect(service.pages()).toEqual([PAGE]);
  const { AlarmName, StateChangeTime, TriggeringChildren } = JSON.parse(
    service.monitor.sns.messages()[0]?.message ?? '',
  );
  expect(AlarmName).toBe('tick-store-database-critical');
  expect(TriggeringChildren[0].Arn).toMatch(/:alarm:tick-store-probe-up-critical$/);
  expect(Date.parse(StateChangeTime) - away).toBeLessThan(90_000);
  service.monitor.stop();
});

test('a dead probe pages by its heartbeat', async () => {
  const service = await settled();
  await service.halfMinutes(10 * MINUTE, () => null);
  expect(service.inAlarm()).toEqual(['database-critical', 'probe-heartbeat-critical']);
  expect(service.pages()).toEqual([PAGE]);
  await service.halfMinutes(10 * MINUTE, () => HEALTHY);
  expect(service.inAlarm()).toEqual([]);
  service.monitor.stop();
});

test('a probe that never comes to life after a first deployment pages, too, once the warm-up is over', async () => {
  const service = watchedService();
  await service.halfMinutes(14 * MINUTE, () => null);
  expect(service.pages()).toEqual([]);
  await service.halfMinutes(3 * MINUTE, () => null);
  expect(service.pages()).toEqual([PAGE]);
  service.monitor.stop();
});

test('everybody whom the configuration names is somebody to the local topics', () => {
  const critical = {
    email: ['oncall@example.com'],
    https: ['https://127.0.0.1:1/hook', 'secret:tick-store/pagerduty-url'],
    slack: [{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }],
    sms: ['+41791234567'],
  };
  const { template } = synthesise({ ...CONFIGS.postgres, alerts: { critical } });
  const resources = localResources(template.toJSON() as Template);
  const { subscriptions } = readTopics(resources, ACCOUNT);
  expect(subscriptions.map(({ topicArn, protocol }) => `${topicArn.split(':').at(-1)} ${protocol}`).toSorted()).toEqual(
    [
      'tick-store-critical email',
      'tick-store-critical https',
      'tick-store-critical https',
      'tick-store-critical slack',
      'tick-store-critical sms',
    ],
  );
  expect(subscriptions.filter(({ endpoint }) => isLoopback(endpoint))).toHaveLength(1);
});
