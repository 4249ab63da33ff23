import { afterAll, beforeAll, expect, test } from 'vitest';
import { outcomesOf } from '../support/receipts.ts';
import { newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/** Ingested bars: their key is (instrument, timestamp, length), and they never mix with ticks or with bars of other lengths. */

let service: TestService;
let symbol: string;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const MINUTE_MS = 60_000;
const bar = (nth: number, close = 100) => ({
  symbol,
  timestamp: new Date(Date.UTC(2026, 10, 2) + nth * MINUTE_MS).toISOString(),
  ...{ openPrice: 99, highPrice: 101, lowPrice: 98, price: close, volume: 12.5 },
});
const post = async (records: readonly object[], query: Record<string, string | boolean> = { bars: '1m' }) => {
  const reply = await service.post('/v1/market-data', { records }, { query });
  return { ...reply, outcomes: reply.status === 200 ? outcomesOf(reply.body) : [] };
};
const closes = async (query: Record<string, string> = {}) => {
  const { body } = await service.get('/v1/market-data', { query: { symbol, order: 'asc', ...query } });
  return body.data.map((row: { price: number }) => row.price);
};

test('a file of bars that is loaded twice is stored once', async () => {
  symbol = await newInstrument(service);
  const file = Array.from({ length: 2516 }, (_, nth) => bar(nth, nth));
  expect((await post(file)).body).toMatchObject({ inserted: 2516, duplicates: 0 });
  expect((await post(file)).body).toMatchObject({ inserted: 0, duplicates: 2516 });
  expect((await post([bar(0, -1), bar(1, 1), bar(-1, 7)])).outcomes).toEqual(['conflicts', 'duplicates', 'inserted']);
});

test('a deleted bar is a tombstone until it is restored', async () => {
  symbol = await newInstrument(service);
  const { body } = await post([bar(0), bar(1)]);
  await remove(service, { ids: [body.firstId] });
  expect((await post([bar(0, 5), bar(1)])).outcomes).toEqual(['tombstoned', 'duplicates']);
  await restore(service, { batchId: body.batchId });
  expect((await post([bar(0, 5), bar(1)])).outcomes).toEqual(['conflicts', 'duplicates']);
});

test('a bar that is sent again with only another sequence is a duplicate, and the stored one stays', async () => {
  symbol = await newInstrument(service);
  const { body } = await post([{ ...bar(0), sequence: 1 }]);
  expect((await post([{ ...bar(0), sequence: 2 }])).outcomes).toEqual(['duplicates']);
  const replacing = { onConflict: 'replace', reason: 'same again' };
  expect((await post([{ ...bar(0), sequence: 3 }], { bars: '1m', ...replacing })).outcomes).toEqual(['duplicates']);
  expect((await service.get(`/v1/market-data/${body.firstId}`)).body.sequence).toBe(1);
});

test('of a bar that occurs twice in a batch, the first valid one counts, whatever its sequence', async () => {
  symbol = await newInstrument(service);
  const twice = [{ ...bar(0, 1), sequence: 9 }, { ...bar(0, 2), sequence: 1 }, bar(1), bar(0, 3)];
  const reply = await post(twice);
  expect(reply.outcomes).toEqual(['inserted', 'rejected', 'inserted', 'rejected']);
  expect(reply.body.rejections[0]).toMatchObject({ index: 1, path: 'timestamp', code: 'repeated_sequence' });
  expect(await closes({ bars: '1m' })).toEqual([1, 100]);
});

test('bars of different lengths and ticks of one timestamp are separate, in reads and in deletions', async () => {
  symbol = await newInstrument(service);
  await post([bar(0, 1), bar(1, 2)]);
  await post([bar(0, 10)], { bars: '1d' });
  await post([bar(0, 100), bar(0, 101)], {});
  expect(await closes()).toEqual([100, 101]);
  expect(await closes({ bars: '1m' })).toEqual([1, 2]);
  expect(await closes({ bars: '1d' })).toEqual([10]);
  expect(await closes({ bars: '1h' })).toEqual([]);
  const { body } = await service.get('/v1/market-data/latest', { query: { symbols: symbol } });
  expect(body.data[symbol].price).toBe(101);

  const filter = { symbol, start: '2026-11-01T00:00:00Z', end: '2026-11-03T00:00:00Z' };
  expect((await remove(service, { filter: { ...filter, bars: '1m' } })).body).toMatchObject({ affected: 2 });
  expect([await closes(), await closes({ bars: '1m' }), await closes({ bars: '1d' })]).toEqual([[100, 101], [], [10]]);
  expect((await remove(service, { filter })).body).toMatchObject({ affected: 2 });
  expect([await closes(), await closes({ bars: '1d' })]).toEqual([[], [10]]);
});

test('the same bars from four feeds at once are stored once', async () => {
  symbol = await newInstrument(service);
  const file = Array.from({ length: 300 }, (_, nth) => bar(nth, nth));
  const replies = await Promise.all([0, 1, 2, 3].map((nth) => post(nth % 2 ? file : file.toReversed())));
  expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200]);
  expect(replies.reduce((sum, { body }) => sum + body.inserted, 0)).toBe(300);
  expect(await closes({ bars: '1m' })).toHaveLength(300);
});

test('an atomic batch with a bar in conflict is refused, with the outcome of each bar', async () => {
  symbol = await newInstrument(service);
  await post([bar(0)]);
  const refused = await post([bar(0, 5), bar(1), bar(0)], { bars: '1m', atomic: true });
  expect(refused).toMatchObject({
    status: 422,
    body: { code: 'atomic_rejected', inserted: 1, conflicts: 1, rejected: 1, outcomes: { conflicts: [[0, 0]] } },
  });
  expect(await closes({ bars: '1m' })).toEqual([100]);
});
