import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  comparableBars,
  comparableCoverage,
  expectedBars,
  expectedCoverage,
  type ListedRow,
} from '../support/expected-bars.ts';
import { withClient } from '../support/postgres.ts';
import { allPages, newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/** Bars and coverage from roll-ups match the rows, whatever is written and refreshed meanwhile. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
  // by default the store keeps no bars for days with few rows
  await service.sql(`create or replace function tick_store.least_weight() returns real language sql immutable
    set search_path = pg_catalog, tick_store, pg_temp as 'select 0'`);
});
afterAll(() => service.stop());

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const START = Date.UTC(2026, 2, 2);
const at = (minute: number) => new Date(START + minute * MINUTE).toISOString();
const timesOf = (minutes: readonly number[], price = 1) =>
  minutes.map((minute, nth) => ({ timestamp: at(minute), price: price + nth, volume: nth }));

async function send(symbol: string, records: readonly object[], query: Record<string, string> = {}) {
  const body = { records: records.map((record) => ({ symbol, ...record })) };
  const { status, body: receipt } = await service.post('/v1/market-data', body, { query });
  expect([status, receipt.detail]).toEqual([200, undefined]);
  return receipt as { batchId: number; firstId: number };
}

async function read(path: string, query: Record<string, string | number>) {
  const { status, body } = await service.get(`/v1/market-data/${path}`, { query: { ...query, limit: 10_000 } });
  expect([path, status, body.detail]).toEqual([path, 200, undefined]);
  return body.data;
}

/** Compares the bars and coverage that are read with what the rows imply. */
async function compare(symbol: string): Promise<void> {
  const rows: ListedRow[] = await allPages(service, '/v1/market-data', { symbol, includeDeleted: true, limit: 10_000 });
  const found = {
    coverage: comparableCoverage(await read('coverage', { symbol })),
    minutes: comparableBars(await read('bars', { symbol, interval: '1m' })),
    days: comparableBars(await read('bars', { symbol, interval: '1d' })),
    hours: comparableBars(await read('bars', { symbol, interval: '4h', timeZone: 'Etc/GMT+4' })),
  };
  expect(found).toEqual({
    coverage: expectedCoverage(rows),
    minutes: expectedBars(rows, MINUTE),
    days: expectedBars(rows, DAY),
    hours: expectedBars(rows, 240 * MINUTE),
  });
}

/** What the schedule does, without its waits. */
const REFRESH = [
  `update tick_store.day_bars set made_at = made_at - interval '1 hour'`,
  `update tick_store.rollup_days set counted_at = counted_at - interval '1 hour'`,
  `select tick_store.refresh_counts(null, interval '0', 1000, 1e6)`,
  `select tick_store.refresh_due_bars(interval '0', interval '5 s')`,
];
async function refresh(): Promise<void> {
  for (const statement of REFRESH) await service.sql(statement);
}
const asOwner = <T>(work: (client: pg.Client) => Promise<T>) => withClient(service.database.ownerUrl, work);

describe('random histories', () => {
  const minute = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3 * 1440 }));
  const step = fc.record({
    kind: fc.constantFrom('ingest', 'ingest', 'correct', 'delete', 'restore', 'undo'),
    minutes: fc.uniqueArray(minute, { minLength: 1, maxLength: 8 }),
    pick: fc.nat({ max: 1000 }),
    refreshes: fc.boolean(),
  });

  test('of ingests, late ticks, corrections, deletions, restorations and undos give correct bars while refreshes run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (steps) => {
        const symbol = await newInstrument(service);
        const operations: number[] = [];
        for (const { kind, minutes, pick, refreshes } of steps) {
          const refreshing = refreshes ? refresh() : undefined;
          const ids = (await allPages(service, '/v1/market-data', { symbol, includeDeleted: true })).map(
            ({ id }) => id,
          );
          const chosen = ids.filter((_, nth) => (nth + pick) % 3 === 0);
          const records = timesOf(minutes, pick).map((row, nth) => ({ ...row, sequence: nth % 2 === 0 ? null : nth }));
          const keyed = minutes.slice(0, 3).map((one) => ({ timestamp: at(one % 3), price: pick, sequence: 1 }));
          const unique = keyed.filter((row, nth) => keyed.findIndex((one) => one.timestamp === row.timestamp) === nth);
          if (kind === 'ingest') await send(symbol, records);
          else if (kind === 'correct') await send(symbol, unique, { onConflict: 'replace', reason: 'late correction' });
          else if (kind === 'delete') operations.push((await remove(service, { ids: chosen })).body.operationId);
          else if (kind === 'restore') await restore(service, { ids: chosen });
          else if (operations.length > 0) await restore(service, { operationId: operations.pop() });
          await compare(symbol);
          await refreshing;
          await compare(symbol);
        }
      }),
      { numRuns: 3 },
    );
  });
});

describe('a roll-up', () => {
  test('is read while it is current, and no longer once its day has changed', async () => {
    const symbol = await newInstrument(service);
    await send(symbol, timesOf([0, 1, 2, 1440]));
    await refresh();
    // a value that nobody else may write shows where a number comes from
    await service.sql(
      `update tick_store.day_bars set close = array_fill(77::float8, array[cardinality(close)]) where seconds = 60`,
    );
    await service.sql('update tick_store.day_counts set deleted = 9');
    const closes = async () =>
      (await read('bars', { symbol, interval: '1m' })).map((bar: { close: number }) => bar.close);
    const deleted = async () => (await read('coverage', { symbol })).map((day: { deleted: number }) => day.deleted);
    expect([await closes(), await deleted()]).toEqual([
      [77, 77, 77, 77],
      [9, 9],
    ]);
    await send(symbol, timesOf([3], 50));
    expect([await closes(), await deleted()]).toEqual([
      [1, 2, 3, 50, 77],
      [0, 9],
    ]);
  });

  test('of stored bars, and of other values, is made by the first read', async () => {
    const symbol = await newInstrument(service);
    const minutes = timesOf([0, 1, 20, 21, 1500]).map((row) => ({
      ...row,
      highPrice: 99,
      lowPrice: 0,
      bid: 1,
      ask: 3,
    }));
    await send(symbol, minutes, { bars: '1m' });
    await send(symbol, minutes);
    const kept = () =>
      service.sql(
        `select b.bar_length, b.of, count(*)::int from tick_store.day_bars b join tick_store.instruments i on i.id = b.instrument_id
          where i.symbol = $1 and seconds = 900 group by 1, 2 order by 1, 2`,
        [symbol],
      );
    expect(await kept()).toEqual([]);
    for (const _ of [1, 2]) {
      expect(await read('bars', { symbol, interval: '15m', from: 'bars' })).toMatchObject([
        { open: 1, high: 99, low: 0, close: 2, count: 2, volume: 1 },
        { open: 3, close: 4, count: 2 },
        { open: 5, close: 5, count: 1 },
      ]);
      expect(await read('bars', { symbol, interval: '1d', of: 'mid' })).toMatchObject([
        { open: 2, count: 4 },
        { open: 2 },
      ]);
    }
    expect(await kept()).toEqual([
      { bar_length: 0, of: 'mid', count: 2 },
      { bar_length: 2, of: 'price', count: 2 },
    ]);
  });

  test('that crashes leaves nothing, and two at once do not wait for each other', async () => {
    const symbol = await newInstrument(service);
    await send(symbol, timesOf([0, 1]));
    await asOwner(async (first) => {
      await first.query('begin');
      for (const statement of REFRESH) await first.query(statement);
      expect(await service.sql(`select tick_store.refresh_due_bars(interval '0', interval '1 s') as made`)).toEqual([
        { made: 0 },
      ]);
      await compare(symbol);
      await first.query('rollback');
    });
    await compare(symbol);
  });
});

describe('a concurrent writer', () => {
  test('that commits after the refresh has read and before it commits is not lost', async () => {
    const symbol = await newInstrument(service);
    await send(symbol, timesOf([0, 1]));
    await asOwner(async (client) => {
      await client.query('begin');
      for (const statement of REFRESH) await client.query(statement);
      await send(symbol, timesOf([0, 2], 90));
      await client.query('commit');
    });
    await compare(symbol);
    await refresh();
    await compare(symbol);
  });

  test('that begins before the refresh and commits after it is not lost', async () => {
    const symbol = await newInstrument(service);
    const { batchId, firstId } = await send(symbol, timesOf([0, 1]));
    await asOwner(async (client) => {
      await client.query('begin');
      // as an operation writes it before its transaction ends
      await client.query(
        `insert into tick_store.operations (id, number, kind, target, selector, reason, key_scope, idempotency_key, actor, affected, receipt)
         select n, n, 'deletion', 'market_data', '{}', 'slow', 'test', 'slow ' || n, 'test', 1, '{}' from nextval('tick_store.history_number') n`,
      );
      await client.query(
        `with o as (select id, at from tick_store.operations where key_scope = 'test' order by id desc limit 1),
              gone as (update tick_store.market_data m set deleted_at = o.at, deleted_by = o.id from o where m.id = $1::int8
                        returning m.instrument_id, m."timestamp", o.id)
         insert into tick_store.operation_rows (operation_id, step, found, affected, min_time, max_time, touched_instruments, touched_days)
         select id, 0, int8multirange(int8range($1::int8, $1::int8, '[]')), int8multirange(int8range($1::int8, $1::int8, '[]')), "timestamp", "timestamp",
                array[instrument_id], array[floor(extract(epoch from "timestamp") / 86400)::int4] from gone`,
        [firstId],
      );
      await refresh();
      await compare(symbol);
      await client.query('commit');
    });
    expect(await read('bars', { symbol, interval: '1d' })).toMatchObject([{ open: 2, count: 1 }]);
    await compare(symbol);
    await restore(service, { batchId });
    await compare(symbol);
  });
});

test('a sweep that works in parts marks all of it', async () => {
  const symbol = await newInstrument(service);
  for (const day of [0, 1, 2]) await send(symbol, timesOf([day * 1440, day * 1440 + 1]));
  const marked = async () =>
    (
      await service.sql<{ days: number }>(
        `select count(*)::int as days from tick_store.rollup_days d join tick_store.instruments i on i.id = d.instrument_id where i.symbol = $1`,
        [symbol],
      )
    )[0]?.days;
  const days = [];
  while (days.at(-1) !== 3) {
    await service.sql('select tick_store.sweep_marks(1)');
    days.push(await marked());
    await compare(symbol);
    if (days.length > 20) break;
  }
  expect(new Set(days).size).toBeGreaterThan(1);
  expect(days.at(-1)).toBe(3);
});

test('roll-ups in a dump from a server with other transactions are ignored', async () => {
  const symbol = await newInstrument(service);
  await send(symbol, timesOf([0, 1, 2]));
  await refresh();
  const later = `'999999999:999999999:'::pg_snapshot`;
  await service.sql(`update tick_store.rollup_state set swept = ${later}`);
  await service.sql(`update tick_store.rollup_days set marked = ${later}, counted = ${later}`);
  await service.sql(
    `update tick_store.day_bars set made = ${later}, close = array_fill(77::float8, array[cardinality(close)])`,
  );
  await send(symbol, timesOf([3, 1440]));
  await compare(symbol);
  await refresh();
  await compare(symbol);
  await send(symbol, timesOf([4]));
  await compare(symbol);
});

test('a clock that is set back delays no refresh, and changes no bar', async () => {
  const symbol = await newInstrument(service);
  await send(symbol, timesOf([0, 1]));
  await read('bars', { symbol, interval: '1d' });
  const ahead = `interval '1 hour'`;
  await service.sql(`update tick_store.day_bars set made_at = now() + ${ahead}`);
  await service.sql(`update tick_store.rollup_days set marked_at = now() + ${ahead}, counted_at = now() + ${ahead}`);
  await send(symbol, timesOf([2], 50));
  await compare(symbol);
  const made = await service.sql<{ made_at: Date }>(
    `select b.made_at from tick_store.day_bars b join tick_store.instruments i on i.id = b.instrument_id where i.symbol = $1`,
    [symbol],
  );
  expect(made.length).toBe(5);
  for (const { made_at } of made) expect(made_at.getTime()).toBeLessThan(Date.now() + 30 * MINUTE);
});

test('a change that does not record its days is refused', async () => {
  await expect(
    service.sql(
      `insert into tick_store.ingest_batches (target, actor, key_scope, idempotency_key, received, inserted, rejected, min_time, max_time)
       values ('market_data', 'a', 'a', 'a', 1, 1, 0, now(), now())`,
    ),
  ).rejects.toMatchObject({ constraint: 'ingest_batches_touched_check' });
});
