import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sampleLines } from '../support/metrics.ts';
import { withClient } from '../support/postgres.ts';
import { type ProbeResult, probe, THRESHOLDS, takeSample } from '../support/probe.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

/** What a sample reports about partitions, and what it has counted since the previous sample. */

let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { THRESHOLDS } });
});
afterAll(() => service.stop());
beforeEach(() => service.sql('truncate tick_store.health_samples'));

test('partitions have their bounds, rows, sizes and the time of their last insertion', async () => {
  await probe(service);
  await service.post('/v1/market-data', { records: ticks(50, {}, '1990-06-10T00:00:00Z') });
  const june = async () => {
    await probe(service);
    const { body } = await service.get('/v1/health/partitions');
    const month = body.partitions.find((partition: { name: string }) => partition.name === 'market_data_1990_06');
    return { body, month };
  };
  // an idle session reports its statistics within 10 s
  await expect.poll(async () => (await june()).month.lastInsertAt, { timeout: 15_000, interval: 500 }).not.toBeNull();
  const [first] = await service.sql<{ at: string }>(`
    select min(taken_at)::text as at from tick_store.health_samples
     where sample @? '$.partitions[*] ? (@.name == "market_data_1990_06" && @.lastInsertAt != null)'`);
  await service.sql('analyze tick_store.market_data');
  const { body, month } = await june();
  expect(month).toMatchObject({
    table: 'market_data',
    from: '1990-06-01T00:00:00.000000Z',
    to: '1990-07-01T00:00:00.000000Z',
    rows: 50,
  });
  expect(Date.parse(month.lastInsertAt)).toBe(Date.parse(first?.at ?? ''));
  expect(month.sizeMb).toBeGreaterThan(0.01);
  expect(body.partitions.map((partition: { status: string }) => partition.status)).not.toContain('default');
});

test('missing partitions are reported', async () => {
  const fresh = await startService({ environment: { THRESHOLDS } });
  try {
    const month = new Date().toISOString().slice(0, 7).replace('-', '_');
    await fresh.sql(`drop table tick_store.market_data_${month}`);
    const result = await fresh.environments.invoke('probe-health', {});
    const { alerts, status } = (result.ok ? result.payload : {}) as ProbeResult;
    expect(status).toBe('critical');
    expect(alerts).toEqual(['CRITICAL: Partition runway down to 0.0 days']);
    expect((await fresh.get('/v1/health')).status).toBe(503);
    const [line] = sampleLines(fresh.logs);
    expect(line).toMatchObject({ PartitionRunwayDays: 0, HealthLevel: 2, ProbeUp: 1 });
  } finally {
    await fresh.stop();
  }
});

test('statistics of statements are those of the interval, by purpose of the query', async () => {
  await probe(service);
  const seq = ticks(20, { symbol: 'NQ' }, '2026-11-12T00:00:00Z').map((record, i) => ({ ...record, sequence: i }));
  const plain = await service.post('/v1/market-data', { records: ticks(10, {}, '2026-11-11T00:00:00Z') });
  await service.post('/v1/market-data', { records: seq });
  await service.post('/v1/market-data', { records: [tick({ price: 'x' }), ...ticks(9, {}, '2026-11-13T00:00:00Z')] });
  await service.get('/v1/market-data', { query: { symbol: 'NQ' } });
  await service.get('/v1/market-data/latest', { query: { symbols: 'NQ' } });
  const id = plain.body.firstId;
  await service.post('/v1/market-data/deletions', { ids: [id, id + 1], reason: 'test' });
  await service.post('/v1/market-data/restorations', { ids: [id], reason: 'test' });
  // a rate needs an interval of at least one second
  await vi.waitUntil(async () => (await service.get('/v1/health')).body.ageSeconds >= 1, {
    interval: 50,
    timeout: 10_000,
  });
  await probe(service);
  const { body } = await service.get('/v1/performance');
  const { performance: found, intervalSeconds } = body;
  expect(found.batches).toBe(3);
  expect(found.insertRatePerSecond * intervalSeconds).toBeCloseTo(39, 3);
  expect(found.rejectedRowShare).toBe(0.025);
  const calls = Object.fromEntries(
    Object.entries(found.byType as Record<string, { calls: number }>).map(([type, { calls: n }]) => [type, n]),
  );
  expect(calls).toEqual({ BULK_INSERT: 3, SELECT: 1, SELECT_LATEST: 1, SOFT_DELETE: 1, RESTORE: 1 });
  expect(found.byType.BULK_INSERT.rows).toBe(39);
  expect(found.queries).toBe(7);
  expect(found.queryMs.avg).toBeGreaterThan(0);
  expect(found.queryMs.p95).toBeNull();
});

test('a batch that commits after a sample belongs to the next one, whatever its number', async () => {
  const open = new pg.Client({ connectionString: service.database.ownerUrl });
  await open.connect();
  const insert = (key: string) => `insert into tick_store.ingest_batches
    (target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
    values ('market_data', 'test', '${key}', '', gen_random_uuid(), 5, 5, 0, now(), now(), '', '{}', '{}')`;
  try {
    await probe(service);
    await open.query('begin');
    await open.query(insert('late'));
    await service.sql(insert('early'));
    expect((await takeSample(service)).performance.batches).toBe(1);
    await open.query('commit');
    expect((await takeSample(service)).performance.batches).toBe(1);
    expect((await takeSample(service)).performance.batches).toBe(0);
  } finally {
    await open.end();
  }
});

test('counters that were reset give no deltas, and the reset is reported', async () => {
  await probe(service);
  expect(await takeSample(service)).toMatchObject({ countersReset: false, database: { deadlocks: 0 } });
  await withClient(service.database.superuserUrl, (client) => client.query('select pg_stat_reset()'));
  expect(await takeSample(service)).toMatchObject({
    countersReset: true,
    database: { deadlocks: null, cacheHitRatio: null },
  });
  expect(await takeSample(service)).toMatchObject({ countersReset: false, database: { deadlocks: 0 } });
});
