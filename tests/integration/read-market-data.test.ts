import { afterAll, beforeAll, expect, test } from 'vitest';
import { withClient } from '../support/postgres.ts';
import { newestFirst, newInstrument, newSeries, remove, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const list = (query: Record<string, string | number | boolean>) => service.get('/v1/market-data', { query });
const latest = (query: Record<string, string | number | boolean>) => service.get('/v1/market-data/latest', { query });
const idsIn = (reply: { body: { data: { id: number }[] } }) => reply.body.data.map((row) => row.id);

test('both bounds are inclusive to the microsecond, and the newest tick comes first', async () => {
  const symbol = await newInstrument(service);
  const at = (micros: string) => `2026-11-02T14:30:00.${micros}Z`;
  const ids = await store(
    service,
    ['000001', '000002', '000003', '000004'].map((micros) => tick({ symbol, timestamp: at(micros) })),
  );
  expect(idsIn(await list({ symbol, start: at('000002'), end: at('000003') }))).toEqual([ids[2], ids[1]]);
  expect(idsIn(await list({ symbol, start: at('000002'), end: at('000002') }))).toEqual([ids[1]]);
  expect(idsIn(await list({ symbol, start: at('000005') }))).toEqual([]);
  expect(idsIn(await list({ symbol }))).toEqual(newestFirst(ids));
});

test('bounds may have another offset, a space, no offset, or only a day', async () => {
  const { symbol, ids } = await newSeries(service, 3);
  for (const start of [
    '2026-11-02T14:30:01Z',
    '2026-11-02 14:30:01',
    '2026-11-02T15:30:01+01:00',
    '2026-11-02T09:00:01-05:30',
  ])
    expect([start, idsIn(await list({ symbol, start }))]).toEqual([start, [ids[2], ids[1]]]);
  expect(idsIn(await list({ symbol, start: '2026-11-02', end: '2026-11-03' }))).toEqual(newestFirst(ids));
});

test('bounds far outside the stored range have no effect', async () => {
  const { symbol, ids } = await newSeries(service, 2);
  for (const start of ['0000-01-01', '0000-01-01T00:00:00+14:00', '0001-01-01T00:00:00.000001Z', '1900-01-01'])
    for (const end of ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59-14:00', '2300-01-01']) {
      const reply = await list({ symbol, start, end });
      expect([start, end, reply.status]).toEqual([start, end, 200]);
      expect(idsIn(reply)).toEqual(newestFirst(ids));
    }
  expect(idsIn(await list({ symbol, end: '1969-12-31' }))).toEqual([]);
  expect(idsIn(await list({ symbol, start: '9999-12-31T23:59:59.999999Z' }))).toEqual([]);
});

test('a list without an instrument has all instruments', async () => {
  const start = '2026-10-05T00:00:00Z';
  const records = await Promise.all(
    [1, 2].map(async (n) => tick({ symbol: await newInstrument(service), timestamp: `2026-10-05T00:00:0${n}Z` })),
  );
  const ids = await store(service, records);
  expect(idsIn(await list({ start, end: '2026-10-05T00:01:00Z' }))).toEqual(newestFirst(ids));
});

test('limit sets the size of a page, 1,000 rows by default', async () => {
  const { symbol, ids } = await newSeries(service, 1_001);
  const page = await list({ symbol });
  expect(idsIn(page)).toEqual(newestFirst(ids).slice(0, 1_000));
  expect(page.body.nextCursor).toEqual(expect.any(String));
  const exact = await list({ symbol, limit: 1_001 });
  expect([exact.body.data.length, exact.body.nextCursor]).toEqual([1_001, null]);
  expect(idsIn(await list({ symbol, limit: 1 }))).toEqual([ids.at(-1)]);
});

test('prices are rounded to priceDecimals in responses only, never to zero, and a PUT changes the rounding at once', async () => {
  const symbol = await newInstrument(service, { priceDecimals: 2 });
  const sent = { price: 1.234567, bid: -1.005001, ask: 0.004, openPrice: 1e22, highPrice: 2.345, lowPrice: -0.001 };
  const [id] = await store(service, [tick({ symbol, volume: 0.123456789, bidSize: 0.000001, ...sent })]);
  const read = async () => (await service.get(`/v1/market-data/${id}`)).body;
  expect(await read()).toMatchObject({
    price: 1.23,
    bid: -1.01,
    ask: 0.004,
    openPrice: 1e22,
    highPrice: 2.35,
    lowPrice: -0.001,
  });
  expect(await read()).toMatchObject({ volume: 0.123456789, bidSize: 0.000001, askSize: null });

  await service.put(`/v1/instruments/${symbol}`, { priceDecimals: 5 });
  expect(await read()).toMatchObject({ price: 1.23457, bid: -1.005, ask: 0.004, highPrice: 2.345, lowPrice: -0.001 });
  expect((await latest({ symbols: symbol })).body.data[symbol].price).toBe(1.23457);
  expect((await list({ symbol })).body.data[0].price).toBe(1.23457);

  await service.put(`/v1/instruments/${symbol}`, {});
  expect((await read()).price).toBe(1.2346);
  expect(await service.sql('select price, bid from tick_store.market_data where id = $1', [id])).toEqual([
    { price: sent.price, bid: sent.bid },
  ]);
});

test('precision=stored returns prices as they were sent', async () => {
  const symbol = await newInstrument(service);
  const sent = { price: 0.000008523456789, bid: -0.1 - 0.2, ask: 5e-324, openPrice: 1.23456789, highPrice: 1e300 };
  const [id] = await store(service, [tick({ symbol, ...sent })]);
  const precision = 'stored';
  expect((await service.get(`/v1/market-data/${id}`, { query: { precision } })).body).toMatchObject(sent);
  expect((await list({ symbol, precision })).body.data[0]).toMatchObject(sent);
  expect((await latest({ symbols: symbol, precision })).body.data[symbol]).toMatchObject(sent);
  expect((await service.get(`/v1/market-data/${id}`)).body).toMatchObject({
    price: 0.00000852346,
    bid: -0.3,
    openPrice: 1.2346,
  });
});

test('the bounds of a period are times as in records, and a day as the end includes the whole day', async () => {
  const symbol = await newInstrument(service);
  const times = ['2026-05-01T00:00:00Z', '2026-05-01T23:59:59.999999Z', '2026-05-02T00:00:00Z'];
  const ids = await store(
    service,
    times.map((timestamp) => tick({ symbol, timestamp })),
  );
  const found = async (query: object) => idsIn(await list({ symbol, order: 'asc', ...query }));
  expect(await found({ start: '2026-05-01', end: '2026-05-01' })).toEqual(ids.slice(0, 2));
  expect(await found({ end: '2026-05-01T00:00:00' })).toEqual(ids.slice(0, 1));
  expect(await found({ start: Date.parse('2026-05-02') })).toEqual(ids.slice(2));
  expect(await found({ end: '1777679999999.999' })).toEqual(ids.slice(0, 2));
  for (const query of [{ start: '2026-05-02', end: '2026-05-01' }, { start: 1777593600 }, { end: '20260501' }]) {
    const reply = await list({ symbol, ...query });
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid_request']);
  }
});

test('deleted rows are returned only on request, with the operation that deleted them', async () => {
  const { symbol, ids } = await newSeries(service, 3);
  const { body: deletion } = await remove(service, { ids: [ids[2]] });
  expect(idsIn(await list({ symbol }))).toEqual([ids[1], ids[0]]);
  expect((await latest({ symbols: symbol })).body.data[symbol].id).toBe(ids[1]);
  expect((await service.get(`/v1/market-data/${ids[2]}`)).body).toMatchObject({ code: 'tick_not_found' });

  const marks = { id: ids[2], deletedAt: deletion.at, deletedBy: deletion.operationId };
  const includeDeleted = true;
  expect((await list({ symbol, includeDeleted })).body.data[0]).toMatchObject(marks);
  expect((await latest({ symbols: symbol, includeDeleted })).body.data[symbol]).toMatchObject(marks);
  expect((await service.get(`/v1/market-data/${ids[2]}`, { query: { includeDeleted } })).body).toMatchObject(marks);
  expect((await list({ symbol })).body.data[0]).toMatchObject({ deletedAt: null, deletedBy: null });
});

test('latest has a key for every requested instrument, by ids and by symbols, known or not, with ticks or without', async () => {
  const { symbol, ids } = await newSeries(service, 2);
  const empty = await newInstrument(service);
  const [{ id: instrument } = { id: 0 }] = await service.sql<{ id: number }>(
    'select id from tick_store.instruments where symbol = $1',
    [symbol],
  );
  const bySymbol = await latest({ symbols: `${symbol},${empty},NOBODY,${symbol.toLowerCase()},__proto__,${symbol}` });
  expect(bySymbol.body.data[symbol].id).toBe(ids[1]);
  expect(Object.keys(bySymbol.body.data)).toEqual([symbol, empty, 'NOBODY', symbol.toLowerCase(), '__proto__']);
  expect(bySymbol.text).toContain('"NOBODY":null,');

  const byId = await latest({ instrumentIds: `${instrument},999999,4294967297,9007199254740991` });
  expect(byId.body.data).toMatchObject({
    [instrument]: { id: ids[1] },
    999999: null,
    4294967297: null,
    '9007199254740991': null,
  });
});

test('latest with a body returns the same as latest with a URL, for 1,000 names of any length', async () => {
  const { symbol } = await newSeries(service, 2);
  const symbols = [symbol, ...Array.from({ length: 999 }, (_, n) => `${'币'.repeat(60)}${n}`)];
  const post = (body: unknown, query = {}) => service.post('/v1/market-data/latest', body, { query });
  const [byBody, byUrl] = [await post({ symbols }), await latest({ symbols: symbol })];
  expect([byBody.status, Object.keys(byBody.body.data)]).toEqual([200, symbols]);
  expect(byBody.body.data[symbol]).toEqual(byUrl.body.data[symbol]);
  const instrumentId = byUrl.body.data[symbol].instrumentId;
  expect(
    (await post({ instrumentIds: [instrumentId] }, { precision: 'stored', includeDeleted: true })).body.data,
  ).toEqual({
    [instrumentId]: byUrl.body.data[symbol],
  });
  for (const body of [
    {},
    { symbols: [] },
    { symbols, instrumentIds: [1] },
    { symbols: [...symbols, 'ES'] },
    { symbols: [1] },
  ])
    expect(await post(body)).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
});

test('of two ticks at one time, latest returns the one with the greater id', async () => {
  const symbol = await newInstrument(service);
  const ids = await store(service, [tick({ symbol, price: 1 }), tick({ symbol, price: 2 })]);
  expect((await latest({ symbols: symbol })).body.data[symbol]).toMatchObject({ id: ids[1], price: 2 });
});

test('the latest of 1,000 instruments is one query', async () => {
  const rows = await service.sql<{ id: number }>(
    `insert into tick_store.instruments (symbol, name, type)
     select 'Q' || n, 'Q' || n, 'other' from generate_series(1, 1000) n returning id`,
  );
  const instruments = rows.map((row) => row.id);
  await store(
    service,
    instruments.map((instrumentId, n) => tick({ symbol: undefined, instrumentId, price: n })),
  );
  const { superuserUrl } = service.database;
  const [reply, statements] = await withClient(superuserUrl, async (client) => {
    await client.query('create extension if not exists pg_stat_statements');
    await client.query(
      'select pg_stat_statements_reset(0, oid, 0) from pg_database where datname = current_database()',
    );
    const response = await latest({ instrumentIds: instruments.join() });
    const { rows } = await client.query<{ query: string; calls: number }>(
      `select query, calls::int from pg_stat_statements s
         join pg_roles r on r.oid = s.userid and r.rolname = 'tick_store_app'
         join pg_database d on d.oid = s.dbid and d.datname = current_database()
        where query not like 'SET %' and query not in ('begin', 'commit')`,
    );
    return [response, rows] as const;
  });
  expect(instruments.map((id) => reply.body.data[id].price)).toEqual(instruments.map((_, n) => n));
  expect(statements).toEqual([{ query: expect.stringContaining('lateral'), calls: 1 }]);

  const tooMany = await latest({ instrumentIds: [...instruments, 1].join() });
  expect([tooMany.status, tooMany.body.code]).toEqual([422, 'invalid_request']);
  const both = await latest({ instrumentIds: 1, symbols: 'ES' });
  const none = await latest({});
  expect([both.status, none.status]).toEqual([422, 422]);
});

test('a batch can be read as its receipt, byte for byte', async () => {
  const symbol = await newInstrument(service);
  const records = [...ticks(3, { symbol }), { ...tick({ symbol }), price: 'high' }, tick({ symbol, sequence: 1 })];
  const receipt = await service.post('/v1/market-data', { records });
  const again = await service.get(`/v1/market-data/batches/${receipt.body.batchId}`);
  expect([again.status, again.text]).toEqual([200, receipt.text]);
  expect((await service.get(`/v1/alert-logs/batches/${receipt.body.batchId}`)).body.code).toBe('batch_not_found');
  expect((await service.get('/v1/market-data/batches/9007199254740991')).body.code).toBe('batch_not_found');
});
