import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BodyFormat, bodyOf, MEDIA_TYPES, send } from '../support/bodies.ts';
import { storedRows } from '../support/receipts.ts';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
});
afterAll(() => service.stop());

const post = async (records: readonly object[], query = {}) => {
  const reply = await service.post('/v1/market-data', { records }, { query });
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  return reply.body;
};
const FORMATS = Object.keys(MEDIA_TYPES) as BodyFormat[];
const DAY_MS = 86_400_000;

describe.each([
  ['without sequences', {}],
  ['with sequences', { sequence: 1 }],
])('a double is stored as it was sent, %s', (_, fields) => {
  test.each([
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    0,
    -0,
    0.1,
    0.1 + 0.2,
    1.29545,
    155.00399999999999,
    1 / 3,
    -4300.25,
    9_007_199_254_740_992,
    1e21,
  ])('%d', async (price) => {
    const own = await newInstrument(service);
    const sizes = { volume: Math.abs(price), bidSize: Math.abs(price), askSize: Math.abs(price) };
    const prices = { price, bid: price, ask: price, openPrice: price, highPrice: price, lowPrice: price };
    await post([tick({ symbol: own, ...prices, ...sizes, ...fields })]);
    const [row] = await storedRows(
      service,
      own,
      `float8send(price) as bytes, price = ${String(price)}::float8 and bid = price and ask = price and open_price = price
         and high_price = price and low_price = price and volume = abs(price) and bid_size = volume and ask_size = volume as same`,
    );
    const bytes = Buffer.alloc(8);
    // JSON.stringify writes -0 as 0
    bytes.writeDoubleBE(Object.is(price, -0) ? 0 : price);
    expect(row).toEqual({ bytes, same: true });
  });
});

test.each(FORMATS)('minus zero of %s stays minus zero', async (format) => {
  const own = await newInstrument(service);
  const body = bodyOf(format, [tick({ symbol: own, price: 123_454_321 })]).replace('123454321', '-0');
  expect((await send(service, body, format)).status).toBe(200);
  expect(await storedRows(service, own, 'price::text')).toEqual([{ price: '-0' }]);
});

test.each(FORMATS)('prices with five decimals in %s are the doubles that SQL reads', async (format) => {
  const own = await newInstrument(service);
  const prices = Array.from({ length: 500 }, (_, index) =>
    Number((1 + ((index * 7919) % 100_000) / 100_000).toFixed(5)),
  );
  await send(
    service,
    bodyOf(
      format,
      prices.map((price) => tick({ symbol: own, price })),
    ),
    format,
  );
  const rows = await storedRows(service, own, 'id, price, price::text as text');
  expect(rows.map((row) => row['price'])).toEqual(prices);
  expect(rows.map((row) => row['text'])).toEqual(prices.map(String));
  const [{ wrong } = {}] = await service.sql<{ wrong: number }>(
    `select count(*)::int as wrong from unnest($1::text[]) t(price)
      where not exists (select from tick_store.market_data m join tick_store.instruments i on i.id = m.instrument_id
                         where i.symbol = $2 and m.price = t.price::float8)`,
    [prices.map((price) => price.toFixed(5)), own],
  );
  expect(wrong).toBe(0);
});

test('responses round prices by the instrument, and do not change sizes and extremes', async () => {
  const { firstId } = await post([
    tick({ symbol: 'GBPUSD', price: 1.234567, bid: 1.7976931348623157e308, ask: 5e-324, volume: 0.123456789 }),
  ]);
  const { body } = await service.get(`/v1/market-data/${firstId}`);
  expect(body).toMatchObject({ price: 1.23457, bid: 1.7976931348623157e308, ask: 5e-324, volume: 0.123456789 });
});

describe('a time is kept to the microsecond', () => {
  test.each([
    ['2026-11-02T14:30:00.000001Z', '2026-11-02T14:30:00.000001Z'],
    ['2026-11-02T14:30:00.999999Z', '2026-11-02T14:30:00.999999Z'],
    ['2026-11-02 14:30:00.1+05:45', '2026-11-02T08:45:00.100000Z'],
    ['2026-11-02T23:30:00-11:00', '2026-11-03T10:30:00.000000Z'],
    [1_793_629_800_000, '2026-11-02T14:30:00.000000Z'],
    [1_793_629_800_000.25, '2026-11-02T14:30:00.000250Z'],
    [100_000_000_000, '1973-03-03T09:46:40.000000Z'],
    ['1970-01-01T00:00:00.000001Z', '1970-01-01T00:00:00.000001Z'],
    ['1999-12-31T23:59:59.999999Z', '1999-12-31T23:59:59.999999Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000000Z'],
  ])('%s', async (timestamp, expected) => {
    for (const fields of [{}, { sequence: 1 }]) {
      const own = await newInstrument(service);
      const { firstId } = await post([tick({ symbol: own, timestamp, ...fields })]);
      expect((await service.get(`/v1/market-data/${firstId}`)).body.timestamp).toBe(expected);
      expect(await storedRows(service, own, `"timestamp" = '${expected}'::timestamptz as same`)).toEqual([
        { same: true },
      ]);
    }
  });
});

test('a time may be a day ahead of the clock, and not much more', async () => {
  const { outcomes, rejections } = await post([
    tick({ timestamp: new Date(Date.now() + DAY_MS).toISOString() }),
    tick({ timestamp: Date.now() + DAY_MS + 60_000 }),
    tick({ timestamp: '9999-12-31T23:59:59.999999Z' }),
    tick({ timestamp: -1 }),
  ]);
  expect(outcomes).toMatchObject({ inserted: [[0, 0]], rejected: [[1, 3]] });
  expect(rejections.map((rejection: { code: string }) => rejection.code)).toEqual(Array(3).fill('out_of_range'));
});

/** The partitions that hold a symbol's rows, oldest row first. */
const partitionsOf = async (of: string) =>
  (await storedRows(service, of, `"timestamp", tableoid::regclass::text as partition`)).map((row) => row['partition']);

describe('rows of any month are stored in its partition, which is created on demand', () => {
  test.each([1000, 1])('at the edges of months and years, %i rows per statement', async (batchSize) => {
    const own = await newInstrument(service);
    const edges = ['1970_01', '1999_12', '2000_02', '2012_01', '2012_02', '2023_12', '2024_01'].flatMap((month) => {
      const [year = 0, nth = 0] = month.split('_').map(Number);
      const next = new Date(Date.UTC(year, nth, 1)).toISOString().slice(0, 10);
      const last = new Date(Date.parse(next) - DAY_MS).toISOString().slice(0, 10);
      return [
        [`${month.replace('_', '-')}-01T00:00:00Z`, `tick_store.market_data_${month}`],
        [`${last}T23:59:59.999999Z`, `tick_store.market_data_${month}`],
      ] as const;
    });
    await post(
      edges.map(([timestamp]) => tick({ symbol: own, timestamp })),
      { batchSize },
    );
    expect(await partitionsOf(own)).toEqual(edges.map(([, partition]) => partition));
  });

  test('the day after 31 January is in February', async () => {
    const own = await newInstrument(service);
    await post([tick({ symbol: own, timestamp: '2019-01-31T23:59:59.999999Z' })]);
    await post([tick({ symbol: own, timestamp: '2019-02-01T00:00:00Z' })]);
    await post([tick({ symbol: own, timestamp: '2019-01-31T19:00:00-05:00' })]);
    const february = 'tick_store.market_data_2019_02';
    expect(await partitionsOf(own)).toEqual(['tick_store.market_data_2019_01', february, february]);
  });

  test('of many months in any order, at once from many clients, without a deadlock', async () => {
    const own = await newInstrument(service);
    const months = Array.from({ length: 40 }, (_, index) => new Date(Date.UTC(1980, index, 15)).toISOString());
    const receipts = await Promise.all(
      months.map((_, index) =>
        post([0, 7, 21].map((ahead) => tick({ symbol: own, timestamp: months[(index + ahead) % 40] }))),
      ),
    );
    expect(receipts.map((receipt) => receipt.inserted)).toEqual(Array(40).fill(3));
    expect(new Set(await partitionsOf(own)).size).toBe(40);
    const [state] = await service.sql('select deadlocks::int from pg_stat_database where datname = current_database()');
    expect(state).toEqual({ deadlocks: 0 });
  });

  test('a batch over more than fifty years is one batch', async () => {
    const own = await newInstrument(service);
    const records = Array.from({ length: 57 }, (_, index) =>
      tick({ symbol: own, timestamp: new Date(Date.UTC(1970 + index, index % 10, 3)).toISOString(), sequence: index }),
    );
    expect((await post(records)).inserted).toBe(57);
    expect((await post(records.toReversed())).duplicates).toBe(57);
  });
});
