import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Route } from '../../functions/contract/route.ts';
import { routes } from '../../functions/contract/routes.ts';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** Lists: pagination that ends, a search by part of a name, and the batches that were sent. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

type Item = Record<string, unknown>;

/** Every item of a list, and the number of pages. */
async function readPages(path: string, query: Record<string, string>) {
  const items: Item[] = [];
  for (let pages = 1, cursor: string | null = null; ; pages += 1) {
    const { status, body } = await service.get(path, { query: { ...query, ...(cursor === null ? {} : { cursor }) } });
    expect([status, body.detail]).toEqual([200, undefined]);
    items.push(...body.data);
    cursor = body.nextCursor;
    if (cursor === null) return { items, pages };
  }
}

test('every GET that returns a list has a limit and a cursor', () => {
  const lists = Object.values<Route>(routes).filter(({ method, response }) => {
    if (method !== 'GET') return false;
    const schema = z.toJSONSchema(response as z.ZodMiniType, { io: 'output', unrepresentable: 'any' }) as {
      properties?: { data?: { type?: string } };
    };
    return schema.properties?.data?.type === 'array';
  });
  expect(lists.length).toBeGreaterThan(5);
  const without = lists.filter(({ query }) => {
    const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
    return !('limit' in properties && 'cursor' in properties);
  });
  expect(without.map(({ path }) => path)).toEqual([]);
  const named = lists.filter(({ path }) => /\/(instruments|alert-rules|operations|batches)$/.test(path));
  expect(named).toHaveLength(7);
  const unsearched = named.filter(({ query }) => {
    const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
    return !('search' in properties);
  });
  expect(unsearched.map(({ path }) => path)).toEqual([]);
});

test('operations are searched by their reason and their caller, in any case and without wildcards', async () => {
  const symbol = await newInstrument(service);
  const { firstId } = (await service.post('/v1/market-data', { records: [tick({ symbol })] })).body;
  const remove = async (reason: string) =>
    (await service.post('/v1/market-data/deletions', { ids: [firstId], reason })).body.operationId;
  const first = await remove(`Outage 100% of ${symbol}`);
  const second = await remove(`recount of ${symbol}`);
  const found = async (search: string) =>
    (await readPages('/v1/market-data/operations', { search, limit: '1' })).items.map(({ operationId }) => operationId);
  expect(await found(`OF ${symbol.toLowerCase()}`)).toEqual([second, first]);
  expect(await found(`outage 100% of ${symbol}`)).toEqual([first]);
  expect(await found(`out%of ${symbol}`)).toEqual([]);
  expect(await found('LOCAL')).toEqual(expect.arrayContaining([second, first]));
  expect((await readPages('/v1/alert-logs/operations', { search: symbol })).items).toEqual([]);
});

test('changes of reference data are searched by name', async () => {
  const symbol = await newInstrument(service);
  const { items } = await readPages('/v1/reference-data/operations', { search: symbol.slice(1).toUpperCase() });
  expect(items).toMatchObject([{ name: symbol, target: 'instruments' }]);
});

describe.each([
  ['/v1/instruments', 'symbol', { name: 'Paged', type: 'stock' }],
  ['/v1/alert-rules', 'name', { symbol: 'ES', condition: 'above', threshold: 1 }],
])('%s', (path, field, request) => {
  const prefix = `Pg${field}`;
  const names = ['A', 'B', 'a%', 'a_', 'c'].map((end) => `${prefix}.${end}`);
  beforeAll(async () => {
    for (const name of names) {
      const { status, body } = await service.put(`${path}/${encodeURIComponent(name)}`, request);
      expect([status, body.detail]).toEqual([200, undefined]);
    }
  });
  const found = ({ items }: { items: Item[] }) => items.map((item) => item[field]);

  test('is read in pages, each name once, in byte order', async () => {
    const paged = await readPages(path, { search: prefix, limit: '2' });
    expect(found(paged)).toEqual(names);
    expect(paged.pages).toBe(3);
  });

  test('the search ignores case, and has no wildcards', async () => {
    expect(found(await readPages(path, { search: `${prefix}.a`.toUpperCase() }))).toEqual(
      [0, 2, 3].map((i) => names[i]),
    );
    expect(found(await readPages(path, { search: `${prefix}.a%` }))).toEqual([names[2]]);
    expect(found(await readPages(path, { search: `${prefix}.a_` }))).toEqual([names[3]]);
  });

  test('a cursor of another list is refused', async () => {
    const cursor = Buffer.from('{"id":1}').toString('base64url');
    expect(await service.get(path, { query: { cursor } })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: 'cursor' }] },
    });
  });
});

test('names of any length and script are paged through', async () => {
  const symbols = Array.from({ length: 3 }, (_, n) => `\u6f22${'\u{20000}'.repeat(62)}${n}`);
  const names = Array.from({ length: 3 }, (_, n) => `Long${'\u0001'.repeat(95)}${n}`);
  for (const symbol of symbols)
    await service.put(`/v1/instruments/${encodeURIComponent(symbol)}`, { name: 'Long', type: 'stock' });
  const rule = { symbol: 'ES', condition: 'above', threshold: 1 };
  for (const name of names) await service.put(`/v1/alert-rules/${encodeURIComponent(name)}`, rule);
  const instruments = await readPages('/v1/instruments', { search: '\u6f22', limit: '1' });
  expect(instruments.items.map(({ symbol }) => symbol)).toEqual(symbols);
  const rules = await readPages('/v1/alert-rules', { search: 'Long', limit: '1' });
  expect(rules.items.map(({ name }) => name)).toEqual(names);
});

describe('a cursor', () => {
  let symbols: string[];
  let ids: number[];
  let cursor: string;
  beforeAll(async () => {
    symbols = [await newInstrument(service), await newInstrument(service)];
    ids = [];
    for (const symbol of symbols) {
      const rows = Array.from({ length: 4 }, () => tick({ symbol }));
      ids.push((await service.post('/v1/market-data', { records: rows })).body.firstId);
    }
    cursor = (await service.get('/v1/market-data', { query: { symbol: symbols[0] as string, limit: 2 } })).body
      .nextCursor;
  });

  test.each([
    ['another instrument', () => ({ symbol: symbols[1] as string })],
    [
      'the instrument by its id',
      async () => ({ instrumentId: (await service.get(`/v1/instruments/${symbols[0]}`)).body.id }),
    ],
    ['the other direction', () => ({ symbol: symbols[0] as string, order: 'asc' })],
    ['another period', () => ({ symbol: symbols[0] as string, start: '2026-01-01' })],
    ['deleted rows, too', () => ({ symbol: symbols[0] as string, includeDeleted: true })],
    ['bars', () => ({ symbol: symbols[0] as string, bars: '1m' })],
    ['all instruments', () => ({})],
  ])('is refused by a query of %s', async (_, queryOf) => {
    const reply = await service.get('/v1/market-data', { query: { ...(await queryOf()), limit: 2, cursor } });
    const message = expect.stringContaining('belongs to another query');
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid_request']);
    expect(reply.body.errors).toEqual([{ path: 'cursor', code: 'invalid_cursor', message }]);
  });

  test('is refused by other lists, and by the same list with another subject', async () => {
    const refused = expect.stringContaining('belongs to another query');
    const query = { symbol: symbols[0] as string, limit: 2, cursor };
    const elsewhere = await service.get('/v1/alert-logs', { query });
    expect([elsewhere.status, elsewhere.body.detail]).toEqual([422, refused]);
    const history = await service.get(`/v1/market-data/${ids[0]}/history`, { query: { cursor } });
    expect([history.status, history.body.detail]).toEqual([422, refused]);
  });

  test('continues if its query has another limit, other decimals, or explicit defaults', async () => {
    const query = { symbol: symbols[0] as string, limit: 7, precision: 'stored', order: 'desc', cursor };
    const { status, body } = await service.get('/v1/market-data', { query });
    const [first = 0] = ids;
    expect([status, body.data.map(({ id }: { id: number }) => id)]).toEqual([200, [first + 1, first]]);
  });
});

test('the search of instruments also finds parts of the name', async () => {
  const symbol = await newInstrument(service);
  await service.put(`/v1/instruments/${symbol}`, { name: 'Zebra Crossings plc', type: 'stock' });
  const { items } = await readPages('/v1/instruments', { search: 'bra cross' });
  expect(items).toMatchObject([{ symbol, name: 'Zebra Crossings plc' }]);
});

describe('batches', () => {
  const send = async (symbol: string, key: string, query: Record<string, string> = {}, price: unknown = 1) => {
    const record = { ...tick({ symbol, timestamp: '2026-11-02T14:30:00Z', sequence: 1 }), price };
    return service.post('/v1/market-data', { records: [record] }, { query, headers: { 'Idempotency-Key': key } });
  };

  test('are listed newest first, with the outcomes of their records', async () => {
    const symbol = await newInstrument(service);
    const sent = [];
    for (const key of ['newest-1', 'newest-2', 'newest-3']) sent.push((await send(symbol, key)).body);
    const { items } = await readPages('/v1/market-data/batches', { limit: '2' });
    const mine = items.filter(({ idempotencyKey }) => `${idempotencyKey}`.startsWith('newest-'));
    expect(mine.map(({ batchId }) => batchId)).toEqual(sent.map(({ batchId }) => batchId).reverse());
    expect(mine).toMatchObject([
      { idempotencyKey: 'newest-3', status: 'stored', received: 1, inserted: 0, duplicates: 1, bars: null },
      { idempotencyKey: 'newest-2', inserted: 0, duplicates: 1 },
      { idempotencyKey: 'newest-1', inserted: 1, duplicates: 0, earliest: '2026-11-02T14:30:00.000000Z' },
    ]);
  });

  test('are filtered by caller, time and status', async () => {
    const symbol = await newInstrument(service);
    const before = await newestBatch();
    const refused = await send(symbol, 'list-refused', { atomic: 'true' }, 'dear');
    expect(refused.status).toBe(422);
    const { batchId } = (await send(symbol, 'list-stored')).body;
    const list = async (query: Record<string, string>) =>
      (await readPages('/v1/market-data/batches', query)).items.filter(
        (item) => (item.batchId as number) > before.batchId,
      );
    expect(await list({ status: 'stored' })).toMatchObject([{ batchId }]);
    expect(await list({ status: 'refused' })).toMatchObject([{ idempotencyKey: 'list-refused', rejected: 1 }]);
    const stored = (await list({ status: 'stored' }))[0] as Item;
    expect(await list({ actor: stored.actor as string, status: 'stored' })).toHaveLength(1);
    expect(await list({ actor: 'nobody' })).toEqual([]);
    expect(await list({ search: 'LIST-STO' })).toMatchObject([{ batchId }]);
    expect(await list({ search: 'list_sto' })).toEqual([]);
    expect(await list({ start: '2999-01-01' })).toEqual([]);
    expect(await list({ end: '2001-01-01' })).toEqual([]);
  });

  test('of alert logs are a separate list', async () => {
    const { items } = await readPages('/v1/alert-logs/batches', {});
    expect(items).toEqual([]);
  });

  const newestBatch = async () =>
    (await service.get('/v1/market-data/batches', { query: { limit: '1' } })).body.data[0] ?? { batchId: 0 };
});
