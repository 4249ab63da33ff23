import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allPages, newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** The order of ticks everywhere: timestamp, then sequence (ticks without one first), then id. */

let service: TestService;
let symbol: string;
const at = '2026-11-02T14:30:00Z';
/** For ticks of other instruments, outside the period that the pages of all instruments cover. */
const later = '2026-11-02T15:30:00Z';
beforeAll(async () => {
  service = await startService();
  symbol = await newInstrument(service);
  const send = (...records: object[]) => service.post('/v1/market-data', { records });
  // prices are the positions in the order; late ticks of the same instant have smaller sequences or none
  await send(
    tick({ symbol, timestamp: at, sequence: 5, price: 5 }),
    tick({ symbol, timestamp: at, sequence: 3, price: 4 }),
  );
  await send(tick({ symbol, timestamp: at, sequence: -1, price: 3 }), tick({ symbol, timestamp: at, price: 1 }));
  await send(
    tick({ symbol, timestamp: at, price: 2 }),
    tick({ symbol, timestamp: '2026-11-02T14:29:59Z', sequence: 99, price: 0 }),
  );
  await send(tick({ symbol, timestamp: '2026-11-02T14:30:01Z', price: 6 }));
});
afterAll(() => service.stop());

const prices = (rows: readonly { price: number }[]) => rows.map((row) => row.price);
const ASCENDING = [0, 1, 2, 3, 4, 5, 6];

describe.each([
  ['asc', ASCENDING],
  ['desc', ASCENDING.toReversed()],
] as const)('order=%s', (order, expected) => {
  test('a page', async () => {
    const { body } = await service.get('/v1/market-data', { query: { symbol, order } });
    expect(prices(body.data)).toEqual(expected);
  });

  test.each([1, 2, 3])('pages of %i', async (limit) => {
    expect(prices((await allPages(service, '/v1/market-data', { symbol, order, limit })) as never)).toEqual(expected);
  });

  test('pages of all instruments', async () => {
    const query = { order, limit: 2, start: '2026-11-02T14:29:59Z', end: '2026-11-02T14:30:01Z' };
    expect(prices((await allPages(service, '/v1/market-data', query)) as never)).toEqual(expected);
  });
});

test('newest first is the default', async () => {
  const { body } = await service.get('/v1/market-data', { query: { symbol } });
  expect(prices(body.data)).toEqual(ASCENDING.toReversed());
});

test('a late tick with the newest timestamp is not the latest', async () => {
  const own = await newInstrument(service);
  const send = (sequence: number | null, price: number) =>
    service.post('/v1/market-data', { records: [tick({ symbol: own, timestamp: later, sequence, price })] });
  await send(10, 1);
  await send(9, 2);
  await send(null, 3);
  const latest = async () => (await service.get('/v1/market-data/latest', { query: { symbols: own } })).body.data[own];
  expect((await latest()).price).toBe(1);
  await send(11, 4);
  expect((await latest()).price).toBe(4);
});

test('of two ticks that differ only in the id, the later one is the latest', async () => {
  const own = await newInstrument(service);
  const records = [1, 2, 3].map((price) => tick({ symbol: own, timestamp: later, price }));
  await service.post('/v1/market-data', { records });
  const { body } = await service.get('/v1/market-data/latest', { query: { symbols: own } });
  expect(body.data[own].price).toBe(3);
});
