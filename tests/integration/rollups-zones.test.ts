import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BAR_LENGTHS, type BarLength } from '../../functions/contract/batches.ts';
import { barsByPlainSql, comparableBar } from '../support/plain-bars.ts';
import { allPages, newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * Bars from roll-ups compared with bars from plain SQL, on days of 23, 24 and 25 hours, in zones with half-hour or quarter-hour
 * offsets, and where offsets have changed permanently. `ROLLUP_RUNS=500 ROLLUP_SEED=7` sets the number of runs and the seed.
 */

let service: TestService;
beforeAll(async () => {
  service = await startService();
  // by default the store keeps no bars for days with few rows
  await service.sql(`create or replace function tick_store.least_weight() returns real language sql immutable
    set search_path = pg_catalog, tick_store, pg_temp as 'select 0'`);
});
afterAll(() => service.stop());

const { ROLLUP_RUNS, ROLLUP_SEED } = process.env;
const RUNS = Number(ROLLUP_RUNS ?? 8);
const TIMEOUT_MS = 60_000 + RUNS * 10_000;

/** A zone, and a moment around which its clocks or its offset change. */
const MOMENTS = [
  ['America/New_York', '2025-03-09T07:00:00Z'],
  ['America/New_York', '2025-11-02T06:00:00Z'],
  ['Europe/London', '2025-03-30T01:00:00Z'],
  ['Europe/London', '2025-10-26T01:00:00Z'],
  ['Asia/Kolkata', '2025-06-01T18:30:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
  ['Asia/Kathmandu', '2025-06-01T18:15:00Z'],
  ['Pacific/Chatham', '2025-04-05T14:00:00Z'],
  ['Australia/Lord_Howe', '2025-10-04T15:30:00Z'],
  ['Australia/Adelaide', '2025-04-05T16:30:00Z'],
  ['Asia/Singapore', '1981-12-31T16:00:00Z'],
  ['America/Caracas', '2016-05-01T07:00:00Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Asia/Beirut', '2025-03-29T22:00:00Z'],
  ['Atlantic/Azores', '2025-10-26T01:00:00Z'],
  ['America/Havana', '2025-11-02T05:00:00Z'],
  ['America/St_Johns', '2006-10-29T02:31:00Z'],
  ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
] as const;

const offset = fc.oneof(
  fc.integer({ min: -7200, max: 7200 }),
  fc.integer({ min: -3 * 86_400, max: 3 * 86_400 }),
  fc.integer({ min: -8, max: 8 }).map((quarters) => quarters * 900),
);
const history = fc.record({
  moment: fc.constantFrom(...MOMENTS),
  first: fc.array(offset, { minLength: 1, maxLength: 40 }),
  late: fc.array(offset, { maxLength: 5 }),
  interval: fc.constantFrom<BarLength>(...BAR_LENGTHS.filter((length) => length !== '1s')),
  order: fc.constantFrom('asc', 'desc'),
  limit: fc.constantFrom(9, 10_000),
});

test('for random ticks around clock changes, pages of bars are those of plain SQL', {
  timeout: TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ moment: [timeZone, at], first, late, interval, order, limit }) => {
      const symbol = await newInstrument(service);
      const send = async (offsets: readonly number[]) => {
        const records = offsets.map((seconds, nth) => ({
          ...{ symbol, timestamp: new Date(Date.parse(at) + seconds * 1000 + (nth % 3)).toISOString() },
          ...{ price: (nth * 7) % 11, volume: nth % 4 === 0 ? null : nth },
        }));
        if (records.length === 0) return;
        const { status, body } = await service.post('/v1/market-data', { records });
        expect([status, body.detail]).toEqual([200, undefined]);
      };
      const compare = async () => {
        const query = { symbol, interval, timeZone, order, limit };
        const bars = await allPages(service, '/v1/market-data/bars', query);
        const expected = await barsByPlainSql(service, symbol, interval, timeZone);
        expect(bars.map(comparableBar)).toEqual(order === 'asc' ? expected : expected.reverse());
      };
      await send(first);
      await compare();
      await send(late);
      await compare();
      // make the bars old enough for the next reader to rebuild them
      await service.sql(`update tick_store.day_bars set made_at = made_at - interval '1 hour'`);
      await compare();
    }),
    { numRuns: RUNS, ...(ROLLUP_SEED === undefined ? {} : { seed: Number(ROLLUP_SEED) }) },
  );
});

test.each([
  ['1d', ['2025-10-25T00:00', '2025-10-26T00:00'], [1, 4]],
  ['4h', ['2025-10-25T20:00', '2025-10-26T00:00', '2025-10-26T12:00'], [1, 3, 1]],
  ['1h', ['2025-10-25T23:00', '2025-10-26T00:00', '2025-10-26T01:00', '2025-10-26T12:00'], [1, 2, 1, 1]],
])('a midnight that clocks show twice begins the day once, %s', async (interval, starts, counts) => {
  const symbol = await newInstrument(service);
  const times = ['25T23:30', '26T00:10', '26T00:30', '26T01:30', '26T12:00'];
  const records = times.map((time) => ({ symbol, timestamp: `2025-10-${time}:00Z`, price: 1 }));
  expect((await service.post('/v1/market-data', { records })).status).toBe(200);
  const query = { symbol, interval, timeZone: 'Atlantic/Azores', order: 'asc' };
  for (const period of [{}, { start: '2025-10-25', end: '2025-10-27' }]) {
    const { body } = await service.get('/v1/market-data/bars', { query: { ...query, ...period } });
    expect(body.data.map((bar: { start: string }) => bar.start.slice(0, 16))).toEqual(starts);
    expect(body.data.map((bar: { count: number }) => bar.count)).toEqual(counts);
  }
});
