import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allPages, newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

interface Trade {
  readonly timestamp: string;
  readonly price?: number;
  readonly volume?: number | null;
  readonly bid?: number;
  readonly ask?: number;
  readonly sequence?: number | null;
}

const at = (time: string, price: number, more: object = {}) => ({ timestamp: `2026-03-02T${time}Z`, price, ...more });

async function instrumentWith(trades: readonly Trade[], query: Record<string, string> = {}): Promise<string> {
  const symbol = await newInstrument(service);
  const records = trades.map((trade) => ({ symbol, ...trade }));
  const { status, text } = await service.post('/v1/market-data', { records }, { query });
  expect([status, text]).toEqual([200, expect.any(String)]);
  return symbol;
}

const bars = async (symbol: string, query: Record<string, string | number>) => {
  const { status, body } = await service.get('/v1/market-data/bars', { query: { symbol, ...query } });
  expect([status, body.detail]).toEqual([200, undefined]);
  return body.data;
};
const starts = (rows: readonly { start: string }[]) => rows.map(({ start }) => start.slice(0, 16));

test('a bar has the first, highest, lowest and last price, the volume, the count and the volume-weighted mean', async () => {
  const symbol = await instrumentWith([
    at('14:30:00.5', 10, { volume: 1 }),
    at('14:30:59.999999', 12, { volume: 3 }),
    at('14:30:10', 8, { volume: null }),
    at('14:32:00', 9, { volume: null }),
  ]);
  const [first, second, ...rest] = await bars(symbol, { interval: '1m' });
  expect(rest).toEqual([]);
  expect(first).toEqual({
    ...{ symbol, start: '2026-03-02T14:30:00.000000Z', open: 10, high: 12, low: 8, close: 12 },
    ...{ volume: 4, count: 3, vwap: 11.5, complete: true },
  });
  expect(second).toMatchObject({ start: '2026-03-02T14:32:00.000000Z', open: 9, close: 9, volume: null, vwap: null });
});

test('among ticks of one timestamp the sequence decides what opens and closes, and a tick without one comes first', async () => {
  const symbol = await instrumentWith([
    at('14:30:00', 3, { sequence: 9 }),
    at('14:30:00', 2, { sequence: 4 }),
    at('14:30:00', 1),
  ]);
  expect(await bars(symbol, { interval: '1s' })).toMatchObject([{ open: 1, close: 3, count: 3 }]);
});

test('bars reflect late ticks, deletions and restorations at once', async () => {
  const symbol = await instrumentWith([at('14:30:00', 10), at('14:30:30', 20)]);
  const close = async () => (await bars(symbol, { interval: '1m' })).map((bar: { close: number }) => bar.close);
  expect(await close()).toEqual([20]);
  const late = await service.post('/v1/market-data', { records: [{ symbol, ...at('14:30:59', 30) }] });
  expect(await close()).toEqual([30]);
  await remove(service, { batchId: late.body.batchId });
  expect(await close()).toEqual([20]);
  await restore(service, { batchId: late.body.batchId });
  expect(await close()).toEqual([30]);
});

describe('of', () => {
  test.each([
    ['bid', 9],
    ['ask', 11],
    ['mid', 10],
  ])('%s', async (of, value) => {
    const symbol = await instrumentWith([
      { ...at('14:30:00', 100), bid: 9, ask: 11 },
      { ...at('14:31:00', 100), bid: 9 },
      at('14:32:00', 100),
    ]);
    const found = await bars(symbol, { interval: '1d', of });
    expect(found).toMatchObject([{ open: value, close: value, count: of === 'bid' ? 2 : 1 }]);
  });
});

describe('where bars begin', () => {
  test('days begin at midnight of the time zone, even when clocks change, and weeks on Monday', async () => {
    // 8 March 2026 has 23 hours in New York
    const times = ['2026-03-08T04:59:59Z', '2026-03-08T05:00:00Z', '2026-03-09T03:59:59Z', '2026-03-09T04:00:00Z'];
    const symbol = await instrumentWith(times.map((timestamp, nth) => ({ timestamp, price: nth + 1 })));
    const timeZone = 'America/New_York';
    expect(starts(await bars(symbol, { interval: '1d', timeZone }))).toEqual([
      '2026-03-07T05:00',
      '2026-03-08T05:00',
      '2026-03-09T04:00',
    ]);
    expect(starts(await bars(symbol, { interval: '1w', timeZone }))).toEqual(['2026-03-02T05:00', '2026-03-09T04:00']);
    expect(starts(await bars(symbol, { interval: '1d' }))).toEqual(['2026-03-08T00:00', '2026-03-09T00:00']);
    expect(starts(await bars(symbol, { interval: '1w' }))).toEqual(['2026-03-02T00:00', '2026-03-09T00:00']);
  });

  test('4h and 1h count from local midnight', async () => {
    const symbol = await instrumentWith([{ timestamp: '2026-03-02T18:29:00Z', price: 1 }]);
    const timeZone = 'Asia/Kolkata';
    expect(starts(await bars(symbol, { interval: '4h', timeZone }))).toEqual(['2026-03-02T14:30']);
    expect(starts(await bars(symbol, { interval: '1h', timeZone }))).toEqual(['2026-03-02T17:30']);
    expect(starts(await bars(symbol, { interval: '4h' }))).toEqual(['2026-03-02T16:00']);
  });

  test('start and end choose bars by their start, and each bar covers its whole interval', async () => {
    const symbol = await instrumentWith([at('14:30:10', 1), at('14:30:50', 2), at('14:31:00', 3), at('14:31:59', 4)]);
    const query = { interval: '1m', start: '2026-03-02T14:30:01Z', end: '2026-03-02T14:31:00Z' };
    expect(await bars(symbol, query)).toMatchObject([{ open: 3, close: 4, count: 2 }]);
  });

  test('a bar whose end is in the future is not complete', async () => {
    const symbol = await instrumentWith([{ timestamp: new Date().toISOString(), price: 1 }]);
    expect(await bars(symbol, { interval: '1w' })).toMatchObject([{ complete: false }]);
  });
});

test('longer bars are made of stored bars of the longest length that fits, and ticks and bars do not mix', async () => {
  const symbol = await instrumentWith([at('14:30:00', 500)]);
  const minute = (nth: number) => ({
    symbol,
    timestamp: new Date(Date.UTC(2026, 2, 2, 14, nth)).toISOString(),
    ...{ openPrice: nth, highPrice: nth + 10, lowPrice: nth - 10, price: nth + 1, volume: 2 },
  });
  const records = Array.from({ length: 10 }, (_, nth) => minute(nth));
  await service.post('/v1/market-data', { records }, { query: { bars: '1m' } });
  const five = await bars(symbol, { interval: '5m', from: 'bars' });
  expect(five).toMatchObject([
    { open: 0, high: 14, low: -10, close: 5, volume: 10, count: 5 },
    { open: 5, high: 19, low: -5, close: 10, volume: 10, count: 5 },
  ]);
  expect(await bars(symbol, { interval: '1s', from: 'bars' })).toEqual([]);
  expect(await bars(symbol, { interval: '5m' })).toMatchObject([{ open: 500, count: 1 }]);
  await service.post('/v1/market-data', { records: [{ ...minute(0), price: 77 }] }, { query: { bars: '5m' } });
  expect(await bars(symbol, { interval: '5m', from: 'bars' })).toMatchObject([{ close: 77, count: 1 }]);
});

describe('the stored length is chosen among the bars that the response can have', () => {
  const stored = async (length: string, timestamp: string, more: object, symbol?: string) => {
    const name = symbol ?? (await instrumentWith([at('14:30:00', 500)]));
    await service.post(
      '/v1/market-data',
      { records: [{ symbol: name, timestamp, ...more }] },
      { query: { bars: length } },
    );
    return name;
  };

  test('the last bar of a period also uses rows after the end of the period', async () => {
    const symbol = await stored('1h', '2026-03-02T10:00:00Z', { price: 5 });
    const day = { interval: '1d', from: 'bars', start: '2026-03-02T00:00:00Z', end: '2026-03-02T00:00:00Z' };
    expect(await bars(symbol, day)).toMatchObject([{ start: '2026-03-02T00:00:00.000000Z', close: 5 }]);
    const inNewYork = {
      ...day,
      timeZone: 'America/New_York',
      start: '2026-03-02T05:00:00Z',
      end: '2026-03-02T05:00:00Z',
    };
    expect(await bars(symbol, inNewYork)).toMatchObject([{ start: '2026-03-02T05:00:00.000000Z', close: 5 }]);
    expect(await bars(symbol, { ...day, end: '2026-03-01T23:59:59.999999Z', start: '2026-03-01T00:00:00Z' })).toEqual(
      [],
    );
  });

  test('a longer length is not used if only a bar outside the period or without a price has it', async () => {
    const symbol = await stored('1h', '2026-03-02T10:00:00Z', { price: 5 });
    await stored('1m', '2026-03-03T10:00:00Z', { price: 6 }, symbol);
    await stored('1h', '2026-03-03T11:00:00Z', { openPrice: 1 }, symbol);
    await stored('1h', '2026-03-04T11:00:00Z', { price: 7 }, symbol);
    const query = { interval: '1d', from: 'bars', start: '2026-03-02T00:00:01Z', end: '2026-03-03T23:59:59Z' };
    expect(await bars(symbol, query)).toMatchObject([{ start: '2026-03-03T00:00:00.000000Z', close: 6 }]);
  });
});

test.each(['asc', 'desc'])('pages walk through symbols and long gaps, order=%s', async (order) => {
  const times = [0, 1, 59, 60, 3600, 86_400 * 400, 86_400 * 400 + 1].map((seconds) =>
    new Date(Date.UTC(2024, 0, 1) + seconds * 1000).toISOString(),
  );
  const [one, two] = await Promise.all(
    [0, 1].map(() => instrumentWith(times.map((timestamp, nth) => ({ timestamp, price: nth })))),
  );
  const query = { symbols: `${two},${one}`, interval: '1s', order, limit: 2 };
  const walked = await allPages(service, '/v1/market-data/bars', query);
  const expected = [one, two].sort().flatMap((symbol) => {
    const own = times.map((start) => `${symbol} ${start.replace('Z', '000Z')}`);
    return order === 'asc' ? own : own.toReversed();
  });
  expect(walked.map(({ symbol, start }) => `${symbol} ${start}`)).toEqual(expected);
});

test('after random ticks, deletions and restorations, bars equal those of the live ticks', async () => {
  const trade = fc.record({
    second: fc.integer({ min: 0, max: 7200 }),
    price: fc.integer({ min: 1, max: 1000 }),
    volume: fc.option(fc.integer({ min: 0, max: 50 })),
    sequence: fc.option(fc.integer({ min: 0, max: 5 })),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(trade, {
        minLength: 1,
        maxLength: 40,
        selector: ({ second, sequence }) => `${second} ${sequence}`,
      }),
      fc.integer({ min: 0, max: 39 }),
      async (trades, deleted) => {
        const symbol = await newInstrument(service);
        const records = trades.map(({ second, ...fields }) => ({
          symbol,
          timestamp: new Date(Date.UTC(2026, 2, 2) + second * 1000).toISOString(),
          ...fields,
        }));
        const { body } = await service.post('/v1/market-data', { records });
        const gone = deleted % trades.length;
        await remove(service, { ids: [body.firstId + gone] });
        const standing = trades.flatMap((row, index) => (index === gone ? [] : [{ ...row, index }]));
        const found = await bars(symbol, { interval: '5m', limit: 10_000 });
        expect(
          found.map(
            ({
              start: _,
              complete: __,
              symbol: ___,
              vwap,
              ...bar
            }: {
              start: string;
              complete: boolean;
              symbol: string;
              vwap: number | null;
            }) => ({ ...bar, vwap: vwap === null ? null : vwap.toPrecision(9) }),
          ),
        ).toEqual(expectedBars(standing));
      },
    ),
    { numRuns: 15 },
  );
});

interface Standing {
  readonly second: number;
  readonly price: number;
  readonly volume: number | null;
  readonly sequence: number | null;
  readonly index: number;
}

/** Five-minute bars computed from the contract's definition. */
function expectedBars(rows: readonly Standing[]): object[] {
  const ordered = [...rows].sort(
    (a, b) => a.second - b.second || (a.sequence ?? -1) - (b.sequence ?? -1) || a.index - b.index,
  );
  const groups = Map.groupBy(ordered, ({ second }) => Math.floor(second / 300));
  return [...groups.values()].map((group) => {
    const prices = group.map(({ price }) => price);
    const volumes = group.flatMap(({ volume }) => (volume === null ? [] : [volume]));
    const volume = volumes.length === 0 ? null : volumes.reduce((sum, one) => sum + one, 0);
    const turnover = group.reduce((sum, row) => sum + row.price * (row.volume ?? 0), 0);
    return {
      ...{ open: prices[0], high: Math.max(...prices), low: Math.min(...prices), close: prices.at(-1) },
      ...{ volume, count: group.length, vwap: volume ? (turnover / volume).toPrecision(9) : null },
    };
  });
}

describe('refused', () => {
  test.each([
    ['an unknown time zone', { symbol: 'ES', interval: '1d', timeZone: 'Mars/Olympus' }, 422, 'timeZone'],
    ['an offset for a time zone', { symbol: 'ES', interval: '1d', timeZone: '+02:00' }, 422, 'timeZone'],
    ['an interval that is none', { symbol: 'ES', interval: '2m' }, 422, 'interval'],
    ['bids of stored bars', { symbol: 'ES', interval: '1d', from: 'bars', of: 'bid' }, 422, 'of'],
    ['an unknown symbol', { symbols: 'ES,NOBODY', interval: '1d' }, 404, 'symbols'],
    ['a cursor that is not valid', { symbol: 'ES', interval: '1d', cursor: 'WzFd' }, 422, 'cursor'],
  ])('%s', async (_what, query, status, path) => {
    const reply = await service.get('/v1/market-data/bars', { query });
    expect([reply.status, reply.body.errors[0]?.path]).toEqual([status, path]);
  });
});

test('ticks of other instruments do not affect a bar', async () => {
  const symbol = await newInstrument(service);
  await service.post('/v1/market-data', { records: [tick({ symbol: 'ES' })] });
  expect(await bars(symbol, { interval: '1d' })).toEqual([]);
});
