import { expect, test } from 'vitest';
import { deltas, NO_DELTAS, wasReset } from '../../functions/health/counter-deltas.ts';
import type { Counters } from '../../functions/health/sql/signals.ts';
import { statementHash, statisticsByType } from '../../functions/health/statement-types.ts';
import { latestTicks, listTicks } from '../../functions/market-data/sql/select-ticks.ts';
import { COUNTERS as counters } from '../support/health.ts';

test('counters become differences over the interval', () => {
  const now = {
    ...counters,
    commits: 1090,
    rollbacks: 20,
    blocksRead: 60,
    blocksHit: 1040,
    deadlocks: 3,
    io: { reset: null, readBytes: 1_500_000, writtenBytes: 2_000_000 },
  };
  expect(wasReset(now, counters)).toBe(false);
  expect(deltas(now, counters)).toEqual({
    transactions: 100,
    deadlocks: 1,
    cacheHitRatio: 0.9,
    readBytes: 500_000,
    writtenBytes: 0,
  });
});

test('if nothing was read there is no hit ratio', () => {
  expect(deltas(counters, counters)).toMatchObject({ transactions: 0, deadlocks: 0, cacheHitRatio: null });
});

test.each([
  ['reset on demand', { statsReset: '2026-11-23T11:59:50+00:00' }],
  ['started again, as after a crash', { started: '2026-11-23T11:59:50+00:00' }],
  ['smaller than before', { blocksHit: 949 }],
])('counters that were %s give no deltas, not negative ones', (_what, change) => {
  const now = { ...counters, ...change };
  expect(wasReset(now, counters)).toBe(true);
  expect(deltas(now, counters)).toEqual(NO_DELTAS);
});

test('the input and output counters are reset separately', () => {
  const io = { reset: '2026-11-23T11:59:50+00:00', readBytes: 10, writtenBytes: 10 };
  expect(deltas({ ...counters, io }, counters)).toMatchObject({ transactions: 0, readBytes: null, writtenBytes: null });
  expect(deltas({ ...counters, io: null }, counters)).toMatchObject({ readBytes: null });
});

const page = {
  instrumentId: null,
  barLength: 0,
  order: 'desc' as const,
  start: null,
  end: null,
  after: null,
  includeDeleted: false,
  limit: 1,
};
const list = statementHash(listTicks(page).text);
const latest = statementHash(latestTicks([], [], false).text);
type Entries = NonNullable<Counters['statements']>['statements'];
const statements = (entries: Entries, reset = 'r') => ({ reset, statements: entries });

test('a statement is recognised when its constants have become placeholders', () => {
  const stored = 'select  id * $2 from tick_store.x\n where a is not null and b = $1::int4 and c = $3 limit $4';
  expect(
    statementHash("SELECT id * 65536 FROM tick_store.x where a is not null and b = $1::int4 and c = 'x' limit 7"),
  ).toBe(statementHash(stored));
  expect(list).not.toBe(latest);
});

test('statements are counted by their purpose', () => {
  const found = statisticsByType(
    statements([
      [list, 30, 90, 300],
      [latest, 5, 10, 5],
      ['of no type', 9, 9, 9],
    ]),
    statements([[list, 20, 40, 100]]),
  );
  expect(found).toEqual({
    BULK_INSERT: { calls: 0, averageMs: null, rows: 0 },
    SELECT: { calls: 10, averageMs: 5, rows: 200 },
    SELECT_LATEST: { calls: 5, averageMs: 2, rows: 5 },
    SOFT_DELETE: { calls: 0, averageMs: null, rows: 0 },
    RESTORE: { calls: 0, averageMs: null, rows: 0 },
  });
});

test('a statement that was evicted meanwhile counts from its new beginning', () => {
  const found = statisticsByType(statements([[list, 3, 6, 30]]), statements([[list, 500, 900, 5000]]));
  expect(found?.SELECT).toEqual({ calls: 3, averageMs: 2, rows: 30 });
});

test('without pg_stat_statements, or after its reset, statement statistics are unknown', () => {
  expect(statisticsByType(null, statements([]))).toBeNull();
  expect(statisticsByType(statements([]), null)).toBeNull();
  expect(statisticsByType(statements([], 'later'), statements([]))).toBeNull();
});
