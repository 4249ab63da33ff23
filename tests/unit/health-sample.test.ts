import { expect, test } from 'vitest';
import { buildSample, type Findings, type StoredCounters } from '../../functions/health/build-sample.ts';
import { seenOperation, stallSeconds } from '../../functions/health/operation-stall.ts';
import { runwayDays, seenPartitions } from '../../functions/health/partition-health.ts';
import { poolerView } from '../../functions/health/read-pooler.ts';
import { samplesPerRun } from '../../functions/health/samples-per-run.ts';
import type { PartitionSignal, Signals } from '../../functions/health/sql/signals.ts';
import { COUNTERS as counters } from '../support/health.ts';

const partition = (name: string, from: string | null, to: string | null, inserted = 0): PartitionSignal => ({
  table: name.startsWith('alert') ? 'alert_logs' : 'market_data',
  name,
  from,
  to,
  rows: 0,
  bytes: 0,
  inserted,
});
const november = partition('market_data_2026_11', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z');
const december = partition('market_data_2026_12', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z');
const fallback = partition('market_data_default', null, null);
const quarter = partition('alert_logs_2026_q4', '2026-10-01T00:00:00Z', '2027-01-01T00:00:00Z');
const now = Date.parse('2026-11-21T00:00:00Z');

test.each([
  ['the last partition ends the runway', [november, december, fallback], 41],
  ['of the table that ends first', [november, quarter], 10],
  ['a gap ends it', [november, partition('market_data_2027_01', '2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z')], 10],
  ['no partition for now means no runway', [december, fallback], 0],
])('runway: %s', (_what, partitions, days) => {
  expect(runwayDays(partitions, now)).toBe(days);
});

test('a partition’s last insertion is when its count last grew', () => {
  const at = (time: string, inserted: number, before: Parameters<typeof seenPartitions>[1]) =>
    seenPartitions({ partitions: [{ ...november, inserted }], now: time }, before)[november.name];
  expect(at('10:00', 500, null)).toEqual([500, null]);
  expect(at('10:30', 500, { partitions: { [november.name]: [500, '10:00'] } })).toEqual([500, '10:00']);
  expect(at('10:30', 501, { partitions: { [november.name]: [500, '10:00'] } })).toEqual([501, '10:30']);
  // reset: what it has now may be old
  expect(at('10:30', 3, { partitions: { [november.name]: [500, '10:00'] } })).toEqual([3, '10:00']);
  expect(at('10:30', 3, { partitions: {} })).toEqual([3, '10:30']);
});

test('the pooler’s columns are read by name, and all users of a database together', () => {
  const view = poolerView(
    {
      pools: [
        { database: 'ticks', user: 'app', cl_waiting: '3', sv_active: '5', sv_idle: '1', sv_used: '2', sv_tested: '1' },
        { database: 'ticks', user: 'owner', cl_waiting: '0', sv_active: '1', sv_idle: '0', sv_login: '1' },
        { database: 'other', user: 'app', cl_waiting: '9', sv_active: '9', sv_idle: '9', sv_used: '9' },
      ],
      stats: [{ database: 'ticks', total_xact_count: '700', total_wait_time: '1400000' }],
      lists: [
        { list: 'databases', items: '3' },
        { list: 'used_clients', items: '42' },
      ],
    },
    'ticks',
  );
  expect(view).toEqual({ inUse: 8, idle: 3, waiting: 3, clients: 42, waitMicros: 1_400_000, transactions: 700 });
});

const signals: Signals = {
  now: '2026-11-21T00:00:30.000000Z',
  sees_all: true,
  counters,
  activity: {
    clients: 30,
    active: 4,
    poolInUse: 6,
    poolIdle: 4,
    longestTransactionSeconds: 1,
    longestIdleInTransactionSeconds: 0,
    blocked: 0,
    usableConnections: 100,
  },
  longest_lock_wait_seconds: 0,
  size_bytes: 10 * 1024 * 1024,
  dead_tuple_ratio: 0,
  xid_age_ratio: 0.1,
  replica_lag_seconds: null,
  partitions: [november, quarter],
  default_rows: 0,
  archived_partitions: 0,
  oldest_operation: null,
  ingest: { batches: 2, received: 100, inserted: 60, rejected: 40 },
  ledger: { block: 7, snapshot: '1:1:' },
  previous: {
    takenAt: '2026-11-21T00:00:00.000000Z',
    counters: {
      form: 1,
      ...counters,
      commits: 700,
      pooler: { waitMicros: 1_000_000, transactions: 600 },
      partitions: {},
    } as unknown as StoredCounters,
  },
};
const found: Findings = {
  takenAt: signals.now,
  up: true,
  cause: null,
  suspended: false,
  reason: null,
  acquireMs: 2,
  slowestAcquireMs: 9,
  roundTripMs: 1,
  signals,
  pooler: { inUse: 35, idle: 5, waiting: 2, clients: 50, waitMicros: 1_500_000, transactions: 700 },
  readings: null,
  poolSize: { base: 20, max: 70 },
};

test('the pooler’s own numbers take precedence over Postgres’', () => {
  expect(buildSample(found).sample.pool).toEqual({
    baseConnections: 20,
    maxConnections: 70,
    inUse: 35,
    idle: 5,
    waiting: 2,
    utilizationPercent: 50,
    acquireMs: { avg: 2, p95: 2, max: 9 },
    clientWaitMs: 5,
    acquireRate: 3.33333,
    clients: 50,
    errors: null,
    timeouts: null,
    pinned: null,
    source: 'pgbouncer',
  });
});

test('without a pooler console, Postgres’ sessions are counted, and waiting clients are unknown', () => {
  const { pool } = buildSample({ ...found, pooler: null }).sample;
  expect(pool).toMatchObject({ inUse: 6, idle: 4, waiting: null, clientWaitMs: null, source: 'pg_stat_activity' });
  expect(pool.utilizationPercent).toBeCloseTo(8.571, 3);
  expect(pool.acquireRate).toBe(10);
});

test('a restarted pooler counts from zero, which is not reported as a wait', () => {
  const pooler = { inUse: 1, idle: 0, waiting: 0, clients: 1, waitMicros: 5, transactions: 3 };
  expect(buildSample({ ...found, pooler }).sample.pool).toMatchObject({ clientWaitMs: null, acquireRate: 10 });
});

test('the rates of the interval come from the ledger', () => {
  const { performance, intervalSeconds } = buildSample(found).sample;
  expect(intervalSeconds).toBe(30);
  expect(performance).toMatchObject({ insertRatePerSecond: 2, rejectedRowShare: 0.4, batches: 2 });
});

test('the first sample has no rates and no deltas', () => {
  const { sample } = buildSample({ ...found, signals: { ...signals, previous: null, ingest: null } });
  expect(sample).toMatchObject({
    intervalSeconds: null,
    countersReset: false,
    pool: { acquireRate: null, clientWaitMs: null },
    performance: { insertRatePerSecond: null, rejectedRowShare: null, queries: null, byType: { SELECT: null } },
    database: { deadlocks: null, cacheHitRatio: null, diskReadMbPerSecond: null },
  });
});

test('counters of another release are not subtracted', () => {
  const previous = { takenAt: '2026-11-21T00:00:00.000000Z', counters: {} };
  const { sample } = buildSample({ ...found, signals: { ...signals, previous, ingest: null } });
  expect(sample).toMatchObject({ intervalSeconds: 30, database: { deadlocks: null }, performance: { queries: null } });
});

test('without permission to see other roles’ sessions, their number is unknown', () => {
  const { database } = buildSample({ ...found, signals: { ...signals, sees_all: false } }).sample;
  expect(database).toMatchObject({ connections: null, connectionShare: null });
});

test('a probe without a response gives a sample of nulls, the pooler’s numbers and the reason', () => {
  const { sample, counters: kept } = buildSample({
    ...found,
    up: false,
    reason: 'away',
    signals: null,
    acquireMs: null,
  });
  expect(kept).toBeNull();
  expect(sample).toMatchObject({
    probe: { up: false, reason: 'away' },
    pool: { inUse: 35, utilizationPercent: 50, acquireMs: { avg: null } },
    partitions: null,
    runwayDays: null,
    database: { sizeMb: null, longestTransactionSeconds: null },
  });
});

test.each([
  ['the schedule', { source: 'aws.scheduler' }, 30_000, 60_000, 2],
  ['somebody else', {}, 30_000, 60_000, 1],
  ['no event at all', null, 30_000, 60_000, 1],
  ['a number of them', { samples: 3 }, 1000, 60_000, 3],
  ['a schedule with too little time', { source: 'aws.scheduler' }, 30_000, 28_000, 1],
  ['more than there is time for', { samples: 99 }, 10_000, 60_000, 5],
])('samples for %s', (_what, event, intervalMs, remainingMs, samples) => {
  expect(samplesPerRun(event, intervalMs, remainingMs)).toBe(samples);
});

test('an operation has stalled since it was first seen at its step, and any progress ends that', () => {
  const at = (minute: number) => `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000000Z`;
  const seen = (minute: number, place: string, before: ReturnType<typeof seenOperation>, id = 7) =>
    seenOperation({ oldest_operation: { id, place }, now: at(minute) }, before);
  const first = seen(0, 't/0/3', null);
  expect(stallSeconds(first, at(0))).toBe(0);
  const later = seen(12, 't/0/3', seen(5, 't/0/3', first));
  expect(stallSeconds(later, at(12))).toBe(720);
  expect(stallSeconds(seen(13, 't/0/4', later), at(13))).toBe(0);
  expect(stallSeconds(seen(13, 't/0/3', later, 8), at(13))).toBe(0);
  expect(seenOperation({ oldest_operation: null, now: at(13) }, later)).toBeNull();
  expect(stallSeconds(null, at(13))).toBe(0);
});
