import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEDIA_TYPES } from '../support/bodies.ts';
import { waiting } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

let made = 0;
const unknown = () => `NEW ${process.pid}.${++made}`;
const post = (records: readonly object[], query: Record<string, string | boolean> = {}) =>
  service.post('/v1/market-data', { records }, { query: { createInstruments: true, ...query } });
const find = async (symbol: string) => service.get(`/v1/instruments/${encodeURIComponent(symbol)}`);

describe('createInstruments', () => {
  test('stores the instruments that records name, with their rows', async () => {
    const [a, b] = [unknown(), unknown()];
    const reply = await post([tick({ symbol: a }), tick({ symbol: b }), tick({ symbol: a }), tick({ symbol: 'ES' })]);
    expect([reply.status, reply.body.inserted]).toEqual([200, 4]);
    for (const symbol of [a, b])
      expect((await find(symbol)).body).toMatchObject({
        symbol,
        name: symbol,
        type: 'other',
        status: 'active',
        priceDecimals: 4,
      });
    expect((await service.get('/v1/market-data', { query: { symbol: a } })).body.data).toHaveLength(2);
    expect((await post([tick({ symbol: a })])).body.inserted).toBe(1);
  });

  test('creates the instrument of the query, also for rows that have a key', async () => {
    const symbol = unknown();
    const { symbol: _, ...anonymous } = tick({ sequence: 7 });
    expect((await post([anonymous], { symbol })).body.inserted).toBe(1);
    expect((await post([anonymous], { symbol })).body.duplicates).toBe(1);
    expect((await find(symbol)).status).toBe(200);
  });

  test('creates nothing if nothing is stored', async () => {
    const [refused, atomic, rejected] = [unknown(), unknown(), unknown()];
    expect((await post([tick({ symbol: refused, price: 'x' })])).status).toBe(422);
    expect((await post([tick({ symbol: atomic }), tick({ symbol: 'ES', price: 'x' })], { atomic: true })).status).toBe(
      422,
    );
    const conflict = [tick({ symbol: 'NQ', sequence: 5 })];
    await post(conflict);
    const again = [tick({ symbol: 'NQ', sequence: 5, price: 1 }), tick({ symbol: atomic, sequence: 5 })];
    expect((await post(again, { atomic: true })).body.code).toBe('atomic_rejected');
    expect((await post([tick({ symbol: rejected, price: 'x' }), tick({ symbol: 'ES' })])).body.inserted).toBe(1);
    for (const symbol of [refused, atomic, rejected]) expect((await find(symbol)).status).toBe(404);
  });

  test('creates no second instrument whose symbol differs only in case', async () => {
    const symbol = await newInstrument(service);
    const own = unknown();
    const reply = await post([
      tick({ symbol: symbol.toLowerCase() }),
      tick({ symbol: own }),
      tick({ symbol: own.toLowerCase() }),
    ]);
    expect([reply.body.inserted, reply.body.rejections.map(({ code }: { code: string }) => code)]).toEqual([
      1,
      ['unknown_instrument', 'unknown_instrument'],
    ]);
  });

  test('of many requests at once stores each instrument once and every row', async () => {
    const symbols = [unknown(), unknown(), unknown()];
    const records = symbols.flatMap((symbol) => ticks(5, { symbol }));
    const replies = await Promise.all(Array.from({ length: 8 }, () => post(records)));
    expect(replies.map(({ status, body }) => [status, body.inserted])).toEqual(Array(8).fill([200, 15]));
    const rows = await service.sql('select symbol from tick_store.instruments where symbol = any($1)', [symbols]);
    expect(rows).toHaveLength(3);
  });

  test('stores a batch although others create its instruments meanwhile, one by one', async () => {
    const symbols = [unknown(), unknown()];
    // the order in which they are created: it comes from a join and is arbitrary
    const [second, first] = (
      await service.sql<{ symbol: string }>('select symbol from tick_store.reserve_instrument_ids($1::text[])', [
        symbols,
      ])
    ).map(({ symbol }) => symbol) as [string, string];
    const insert = (client: Client, symbol: string) =>
      client.query(
        `insert into tick_store.instruments (symbol, name, type) values ($1, $1, 'other') on conflict do nothing`,
        [symbol],
      );
    const { superuserUrl } = service.database;
    const reply = await withClient(superuserUrl, (one) =>
      withClient(superuserUrl, async (other) => {
        await one.query('begin');
        await insert(one, first);
        // the request creates `second` and waits for `first`
        const posting = post(symbols.map((symbol) => tick({ symbol })));
        await waiting(service, 1);
        await other.query('begin');
        const inserting = insert(other, second);
        await waiting(service, 2);
        await one.query('commit');
        await inserting;
        // the next attempt waits for `second`, unless it created `second` first
        await Promise.race([posting, waiting(service, 1)]);
        await other.query('commit');
        return posting;
      }),
    );
    expect([reply.status, reply.body.inserted]).toEqual([200, 2]);
  });

  test('creates nothing for a key that is already used', async () => {
    const [first, second] = [unknown(), unknown()];
    const headers = { 'idempotency-key': `create ${first}`.replaceAll(' ', '-') };
    const send = (symbol: string) =>
      service.post('/v1/market-data', { records: [tick({ symbol })] }, { query: { createInstruments: true }, headers });
    expect((await send(first)).status).toBe(200);
    expect((await send(first)).headers.get('idempotency-replayed')).toBe('true');
    expect((await send(second)).body.code).toBe('idempotency_key_reused');
    expect((await find(second)).status).toBe(404);
  });

  test('without it an unknown symbol is rejected by name', async () => {
    const symbol = unknown();
    const { body } = await service.post('/v1/market-data', { records: [tick({ symbol })] });
    expect([body.code, body.rejections[0].code]).toEqual(['all_rejected', 'unknown_instrument']);
    expect(body.detail).toContain(symbol);
  });
});

describe('symbols of every market', () => {
  test.each([
    'BTC/USDT:USDT-240628-50000-C',
    'SPY   240119C00450000',
    '币安人生USDT',
    '🚀USDT',
    'ÜBER',
    'NIFTY 50',
    'x'.repeat(64),
    '🚀'.repeat(64),
    '{id}',
    // a joiner that correct spelling requires, and a symbol with a variation selector
    'می\u200cخواهم',
    'क्\u200dष',
    '❤\ufe0fUSDT',
  ])('%s is stored, read and named by CSV', async (symbol) => {
    const reply = await service.put(`/v1/instruments/${encodeURIComponent(symbol)}`, {});
    expect([reply.status, reply.body.symbol]).toEqual([200, symbol]);
    const csv = `timestamp,symbol,price\n2024-01-02T09:30:00Z,"${symbol.replaceAll('"', '""')}",2\n`;
    const stored = await service.post('/v1/market-data', csv, { headers: { 'content-type': MEDIA_TYPES.csv } });
    expect([stored.status, stored.body.inserted]).toEqual([200, 1]);
    const latest = await service.get('/v1/market-data/latest', { query: { symbols: symbol } });
    expect(latest.body.data[symbol].price).toBe(2);
  });

  test('have one form each: decomposed letters name the same instrument', async () => {
    await service.put(`/v1/instruments/${encodeURIComponent('MÜNCHEN')}`, {});
    const decomposed = 'MÜNCHEN'.normalize('NFD');
    expect((await find(decomposed)).body.symbol).toBe('MÜNCHEN');
    expect((await service.post('/v1/market-data', { records: [tick({ symbol: decomposed })] })).body.inserted).toBe(1);
    expect((await post([tick({ symbol: 'ÉCLAIR'.normalize('NFD') })])).body.inserted).toBe(1);
    expect((await find('ÉCLAIR')).status).toBe(200);
  });

  test.each([
    ['a zero width space alone', '\u200b'],
    ['a zero width space inside', 'A\u200bB'],
    ['a joiner alone', '\u200d'],
    ['a joiner at the end', 'A\u200c'],
    ['a variation selector alone', '\ufe0f'],
    ['a word joiner', 'A\u2060B'],
    ['a soft hyphen', 'A\u00adB'],
    ['a right-to-left override', '\u202eA'],
    ['an isolate', '\u2066A\u2069'],
    ['a filler', '\u3164'],
    ['a tag', 'A\u{e0041}'],
    ['a line separator', 'A\u2028B'],
  ])('%s is refused with a message that says so', async (_, symbol) => {
    const reply = await service.put(`/v1/instruments/${encodeURIComponent(symbol)}`, {});
    const message = expect.stringContaining('must not contain a character that cannot be seen');
    expect([reply.status, reply.body.errors]).toEqual([422, [{ path: 'symbol', code: expect.any(String), message }]]);
    const many = await service.put('/v1/instruments', { instruments: [{ symbol }] });
    expect([many.status, many.body.errors[0].path, many.body.errors[0].message]).toEqual([
      422,
      'instruments.0.symbol',
      message,
    ]);
    const { status, body } = await post([tick({ symbol })]);
    expect([status, body.code, body.rejections[0].path]).toEqual([422, 'all_rejected', 'symbol']);
  });

  test.each([' A', 'A ', 'A,B', 'A\tB', 'A\u0085B', 'x'.repeat(65), '🚀'.repeat(65)])(
    '%j is not a symbol',
    async (symbol) => {
      const reply = await service.put(`/v1/instruments/${encodeURIComponent(symbol)}`, {});
      expect([reply.status, reply.body.code]).toEqual([422, 'invalid_request']);
      expect((await post([tick({ symbol })])).status).toBe(422);
    },
  );
});
