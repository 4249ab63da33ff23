import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import type { RouteName } from '../../functions/contract/endpoints.ts';
import { health, type Sample } from '../../functions/contract/health.ts';
import { routes } from '../../functions/contract/routes.ts';
import { backendDifferences } from '../support/backends/differences.ts';
import { withClient } from '../support/postgres.ts';
import { holding, PATIENT, type ProbeResult, probe, THRESHOLDS, takeSample } from '../support/probe.ts';
import { startService, type TestService } from '../support/service.ts';

const { poolSource } = backendDifferences();

let service: TestService;
beforeAll(async () => {
  const { poolerAdminUrl } = inject('postgres');
  service = await startService({
    environment: {
      POOLER_ADMIN_URL: poolerAdminUrl,
      POOL_BASE_CONNECTIONS: '2',
      POOL_MAX_CONNECTIONS: '4',
      THRESHOLDS,
    },
  });
});
afterAll(() => service.stop());
beforeEach(() => service.sql('truncate tick_store.health_samples'));

/** A pooler whose console takes over 250 ms is read while the probe's own connection is in use, and counts it too. */
const untilAlone = (work: () => Promise<unknown>) => vi.waitFor(work, { timeout: 60_000, interval: 100 });

test('before the first sample the health is unknown', async () => {
  const { status, body } = await service.get('/v1/health');
  expect(status).toBe(503);
  expect(body).toEqual({
    status: 'unknown',
    alerts: ['UNKNOWN: No sample has been taken yet'],
    sample: null,
    ageSeconds: null,
  });
  expect((await service.get('/v1/health/pool')).body).toEqual({ takenAt: null, ageSeconds: null, pool: null });
});

test('an idle service is healthy, with numbers for everything that is measured here', async () => {
  await untilAlone(async () => expect((await takeSample(service)).pool.inUse).toBe(0));
  const { status, body } = await service.get('/v1/health');
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'healthy', alerts: [] });
  expect(body.ageSeconds).toBeLessThan(60);
  const found: Sample = body.sample;
  expect(found.probe).toMatchObject({ up: true, reason: null, seesAllSessions: true });
  expect(found.pool).toMatchObject({
    baseConnections: 2,
    maxConnections: 4,
    inUse: 0,
    waiting: poolSource === 'pgbouncer' ? 0 : null,
    source: poolSource,
  });
  expect(found.pool.acquireMs.avg).toBeGreaterThan(0);
  expect(found.database).toMatchObject({ cpuPercent: null, memoryUsedMb: null, replicaLagSeconds: null });
  for (const name of ['sizeMb', 'xidAgeRatio', 'connections'] as const) expect(found.database[name]).toBeGreaterThan(0);
  expect(found.runwayDays).toBeGreaterThan(28);
  expect(found.defaultRows).toBe(0);
});

test('a stored sample has its members in the order of the contract, and at most six significant digits', async () => {
  await probe(service);
  const { text, body } = await service.get('/v1/health');
  expect(text).toBe(JSON.stringify(health.parse(body)));
  for (const [, number] of text.matchAll(/":(-?\d+\.\d+(?:e-?\d+)?)/g))
    expect(Number(Number(number).toPrecision(6))).toBe(Number(number));
});

const HEALTH_ROUTES: RouteName[] = ['getHealth', 'listHealth', 'getPoolHealth', 'getPartitionHealth', 'getPerformance'];

test.each(HEALTH_ROUTES)('the response of %s follows the contract, before the first sample and after', async (name) => {
  const { path, response } = routes[name];
  for (const prepare of [async () => undefined, () => probe(service)]) {
    await prepare();
    const { body } = await service.get(path);
    expect(response.parse(body)).toEqual(body);
  }
  expect((await service.get(path, { query: { surplus: 1 } })).status).toBe(422);
});

test('with only an old sample the health is unknown', async () => {
  await probe(service);
  await service.sql(`update tick_store.health_samples set taken_at = taken_at - interval '91 seconds'`);
  const { status, body } = await service.get('/v1/health');
  expect(status).toBe(503);
  expect(body.status).toBe('unknown');
  expect(body.alerts[0]).toMatch(/^UNKNOWN: The last sample is 9\d s old/);
  expect(body.sample.probe.up).toBe(true);
});

test('the schedule takes two samples, one interval apart', async () => {
  const { poolerAdminUrl } = inject('postgres');
  const quick = await startService({
    environment: { POOLER_ADMIN_URL: poolerAdminUrl, PROBE_INTERVAL_SECONDS: '2' },
    timeoutMs: 60_000,
  });
  try {
    // on a busy machine a probe may exceed a time limit, which leaves a sample incomplete: then it runs once more
    for (let run = 1; ; run++) {
      const begun = Date.now();
      const result = await quick.environments.invoke('probe-health', { samples: 2 });
      expect(result.ok).toBe(true);
      const taken = await quick.sql<{ at: number }>(
        `select (extract(epoch from taken_at) * 1000)::float8 as at from tick_store.health_samples
          where taken_at >= to_timestamp($1::float8 / 1000) - interval '1 ms' order by id`,
        [begun],
      );
      const { sample } = (await quick.get('/v1/health')).body;
      if (run < 5 && (taken.length < 2 || sample.intervalSeconds === null)) continue;
      const [first = Number.NaN, second = Number.NaN] = taken.map(({ at }) => at);
      expect(taken).toHaveLength(2);
      // measured from the schedule, not the first sample, which may be late; timers may fire a millisecond early
      expect(second).toBeGreaterThan(begun + 1_900);
      expect(sample.intervalSeconds).toBeCloseTo((second - first) / 1000, 0);
      return;
    }
  } finally {
    await quick.stop();
  }
});

test('the history lists the newest first, page by page', async () => {
  for (let i = 0; i < 3; i++) await probe(service);
  const first = await service.get('/v1/health/history', { query: { limit: 2 } });
  expect(first.body.data).toHaveLength(2);
  const rest = await service.get('/v1/health/history', { query: { limit: 2, cursor: first.body.nextCursor } });
  expect(rest.body).toMatchObject({ data: [{ status: 'healthy', alerts: [] }], nextCursor: null });
  const times = [...first.body.data, ...rest.body.data].map((entry) => entry.sample.takenAt);
  expect(times).toEqual([...times].sort().reverse());
  expect((await service.get('/v1/health/history', { query: { limit: 1001 } })).status).toBe(422);
});

test('1,000 samples are kept, and the application can neither change nor delete one', async () => {
  await service.sql(`insert into tick_store.health_samples (taken_at, status, alerts, sample, counters)
    select now() - make_interval(secs => 30 * (1005 - n)), 'healthy', '[]', '{}', '{}' from generate_series(1, 1005) n`);
  await probe(service);
  const [kept] = await service.sql<{ n: number }>('select count(*)::int as n from tick_store.health_samples');
  expect(kept?.n).toBe(1000);
  await withClient(service.database.appUrl, async (client) => {
    await expect(client.query('delete from tick_store.health_samples')).rejects.toMatchObject({ code: '42501' });
    await expect(client.query(`update tick_store.health_samples set status = 'healthy'`)).rejects.toMatchObject({
      code: '42501',
    });
  });
});

test('a pool that fills up is reported', async () => {
  const expected = { status: 'warning', alerts: ['WARNING: Connection pool utilization at 75.0%'] };
  await holding(service.database.appUrl, 'begin', 3, () =>
    untilAlone(async () => expect(await probe(service)).toMatchObject(expected)),
  );
  const { body } = await service.get('/v1/health/pool');
  expect(body.pool).toMatchObject({ inUse: 3, utilizationPercent: 75, source: poolSource });
});

test('if the pooler cannot be queried, Postgres’ sessions are counted', async () => {
  const plain = await startService({ environment: { POOL_MAX_CONNECTIONS: '4' } });
  try {
    const result = await holding(plain.database.appUrl, 'begin', 4, async () => {
      const result = await plain.environments.invoke('probe-health', {});
      return result.ok ? (result.payload as ProbeResult) : undefined;
    });
    expect(result?.alerts).toContain('CRITICAL: Connection pool utilization at 100.0%');
    const { body } = await plain.get('/v1/health');
    expect(body.sample.pool).toMatchObject({ inUse: 4, waiting: null, clients: null, source: 'pg_stat_activity' });
  } finally {
    await plain.stop();
  }
});

test('a long transaction, its idle time and the sessions that wait for its lock are reported', async () => {
  const strict = await startService({
    environment: {
      THRESHOLDS: JSON.stringify({
        ...PATIENT,
        transactionSeconds: { warning: 0.5, critical: 600 },
        idleInTransactionSeconds: { warning: 0.2, critical: 300 },
        lockWaitSeconds: { warning: 10, critical: 30 },
      }),
    },
  });
  try {
    const lock = 'begin; lock table tick_store.instruments in access exclusive mode';
    await holding(strict.database.ownerUrl, lock, 1, async () => {
      const waiter = new pg.Client({ connectionString: strict.database.ownerUrl });
      waiter.on('error', () => undefined);
      await waiter.connect();
      const blocked = waiter.query('select count(*) from tick_store.instruments').catch(() => undefined);
      await vi.waitUntil(
        async () => {
          const [row] = await strict.sql<{ seconds: number }>(
            `select extract(epoch from max(clock_timestamp() - state_change))::float8 as seconds
               from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return (row?.seconds ?? 0) > 0.5;
        },
        { timeout: 10_000, interval: 20 },
      );
      const result = await strict.environments.invoke('probe-health', {});
      const { alerts } = (result.ok ? result.payload : {}) as ProbeResult;
      expect(alerts?.[0]).toMatch(/^WARNING: Longest transaction at \d\.\d s$/);
      expect(alerts?.[1]).toMatch(/^WARNING: Longest idle transaction at \d\.\d s$/);
      const { body } = await strict.get('/v1/health');
      expect(body.sample.database.longestLockWaitSeconds).toBeGreaterThan(0.4);
      // this counts the whole server, which another test file shares
      expect(body.sample.database.blockedBackends).toBeGreaterThanOrEqual(1);
      await waiter.end();
      await blocked;
    });
  } finally {
    await strict.stop();
  }
});

test('an exclusively locked table does not delay the probe', async () => {
  const lock = 'begin; lock table tick_store.market_data in access exclusive mode';
  await holding(service.database.ownerUrl, lock, 1, async () => {
    // a probe that waited for the lock would find no connection, or get no response in time
    const { status } = await probe(service);
    expect(status).toBe('healthy');
    const { body } = await service.get('/v1/health/partitions');
    const own = body.partitions.filter((partition: { table: string }) => partition.table === 'market_data');
    for (const partition of own) expect(partition.sizeMb).toBeNull();
    // there is no default partition
    expect(body.defaultRows).toBe(0);
  });
});
