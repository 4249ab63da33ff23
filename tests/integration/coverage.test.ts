import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allPages, newInstrument, remove, restore, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** What is stored, per instrument and day or month. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const coverage = async (query: Record<string, string | number>) => {
  const { status, body } = await service.get('/v1/market-data/coverage', { query });
  expect([status, body.detail]).toEqual([200, undefined]);
  return body.data;
};
const at = (symbol: string, timestamp: string, fields: object = {}) => tick({ symbol, timestamp, ...fields });

test('a day has its rows, its deleted rows, those with a sequence, and the times of the first and the last', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, [
    at(symbol, '2026-03-02T23:59:59.999999Z', { sequence: 7 }),
    at(symbol, '2026-03-02T00:00:00Z'),
    at(symbol, '2026-03-02T12:00:00Z', { price: null, bid: 1 }),
    at(symbol, '2026-04-01T00:00:00Z', { sequence: 1 }),
  ]);
  const day = { symbol, period: '2026-03-02', rows: 3, deleted: 0, withSequence: 1 };
  const [first, second, ...rest] = await coverage({ symbol });
  expect(rest).toEqual([]);
  expect(first).toEqual({
    ...{ instrumentId: expect.any(Number), ...day },
    ...{ firstAt: '2026-03-02T00:00:00.000000Z', lastAt: '2026-03-02T23:59:59.999999Z' },
  });
  expect(second).toMatchObject({ period: '2026-04-01', rows: 1, withSequence: 1 });
  await remove(service, { ids: ids.slice(0, 2) });
  expect(await coverage({ symbol, by: 'month' })).toMatchObject([
    { period: '2026-03', rows: 1, deleted: 2, withSequence: 0, firstAt: '2026-03-02T12:00:00.000000Z' },
    { period: '2026-04', rows: 1, deleted: 0 },
  ]);
  await remove(service, { ids });
  expect(await coverage({ symbol })).toMatchObject([
    { period: '2026-03-02', rows: 0, deleted: 3, firstAt: null, lastAt: null },
    { period: '2026-04-01', rows: 0, deleted: 1 },
  ]);
  await restore(service, { ids });
  expect((await coverage({ symbol }))[0]).toEqual(first);
});

test('start and end limit the counted rows, even within a day', async () => {
  const symbol = await newInstrument(service);
  await store(
    service,
    ['01T10', '01T11', '02T10', '03T10', '03T11'].map((time) => at(symbol, `2026-03-${time}:00:00Z`)),
  );
  const counted = async (query: object) =>
    (await coverage({ symbol, ...query })).map(({ period, rows }: { period: string; rows: number }) => [period, rows]);
  expect(await counted({ start: '2026-03-01T10:30:00Z', end: '2026-03-03T10:00:00Z' })).toEqual([
    ['2026-03-01', 1],
    ['2026-03-02', 1],
    ['2026-03-03', 1],
  ]);
  expect(await counted({ start: '2026-03-01T10:30:00Z', end: '2026-03-03T10:00:00Z', by: 'month' })).toEqual([
    ['2026-03', 3],
  ]);
  expect(await counted({ end: '2026-03-01' })).toEqual([['2026-03-01', 2]]);
  expect(await counted({ start: '2026-03-04' })).toEqual([]);
});

test('ticks and stored bars of each length are counted separately', async () => {
  const symbol = await newInstrument(service);
  const records = [at(symbol, '2026-03-02T14:30:00Z')];
  await service.post('/v1/market-data', { records });
  for (const bars of ['1m', '1d']) await service.post('/v1/market-data', { records }, { query: { bars } });
  await service.post('/v1/market-data', { records: [at(symbol, '2026-03-02T14:31:00Z')] }, { query: { bars: '1m' } });
  const rows = async (query: object) => (await coverage({ symbol, ...query })).map((one: { rows: number }) => one.rows);
  expect([await rows({}), await rows({ bars: '1m' }), await rows({ bars: '1d' }), await rows({ bars: '1h' })]).toEqual([
    [1],
    [2],
    [1],
    [],
  ]);
});

test.each([['day'], ['month']])('pages walk through all instruments by symbol, then %s', async (by) => {
  const symbols = [await newInstrument(service), await newInstrument(service)].sort();
  const times = ['2024-01-31', '2024-02-01', '2024-02-29', '2025-01-01'];
  for (const symbol of symbols)
    await store(
      service,
      times.map((day) => at(symbol, `${day}T00:00:00Z`)),
    );
  const walked = await allPages(service, '/v1/market-data/coverage', { by, limit: 2, end: '2025-12-31' });
  const periods = by === 'day' ? times : ['2024-01', '2024-02', '2025-01'];
  expect(walked.map(({ symbol, period }) => [symbol, period]).filter(([symbol]) => symbols.includes(symbol))).toEqual(
    symbols.flatMap((symbol) => periods.map((period) => [symbol, period])),
  );
});

test('as of a batch or an operation it shows the rows of that time', async () => {
  const symbol = await newInstrument(service);
  const [id = 0] = await store(service, [at(symbol, '2026-03-02T00:00:00Z')]);
  const batch = Math.floor(id / 65_536);
  const deletion = (await remove(service, { ids: [id] })).body.operationId;
  await store(service, [at(symbol, '2026-03-02T00:00:01Z'), at(symbol, '2026-03-03T00:00:01Z')]);
  await restore(service, { ids: [id] });
  const asOf = async (moment: string) =>
    (await coverage({ symbol, asOf: moment })).map((one: { rows: number; deleted: number }) => [one.rows, one.deleted]);
  expect(await asOf(`batch:${batch}`)).toEqual([[1, 0]]);
  expect(await asOf(`operation:${deletion}`)).toEqual([[0, 1]]);
  expect(await coverage({ symbol })).toMatchObject([{ rows: 2 }, { rows: 1 }]);
});

describe('refused', () => {
  test.each([
    ['an unknown symbol', { symbol: 'NOBODY' }, 404, 'symbol'],
    ['a period that is none', { by: 'week' }, 422, 'by'],
    ['both names of an instrument', { symbol: 'ES', instrumentId: 1 }, 422, ''],
    ['a cursor of another list', { cursor: Buffer.from('["ES",17]').toString('base64url') }, 422, 'cursor'],
  ])('%s', async (_what, query, status, path) => {
    const reply = await service.get('/v1/market-data/coverage', { query });
    expect([reply.status, reply.body.errors[0]?.path]).toEqual([status, path]);
  });
});
