import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newInstrument, newRule, store } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** PATCH, concurrent changes, and the recorded changes of instruments and alert rules. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const pathOf = (symbol: string) => `/v1/instruments/${encodeURIComponent(symbol)}`;
const etagOf = (reply: Reply) => reply.headers.get('etag') as string;
/** The changes of one name, oldest first. */
async function changesOf(name: string, target = 'instruments') {
  const { body } = await service.get('/v1/reference-data/operations', { query: { name, target } });
  return body.data.reverse();
}
const ifNoneMatch = (etag: string) => ({ headers: { 'If-None-Match': etag } });

describe('recorded changes', () => {
  test('contain who, when, the old and the new state, and can be read by id', async () => {
    const symbol = await newInstrument(service, { name: 'Gold', priceDecimals: 1 });
    await service.put(pathOf(symbol), { name: 'Gold', type: 'future', priceDecimals: 1 });
    await service.patch(pathOf(symbol), { status: 'inactive' });
    const created = { name: 'Gold', type: 'other', status: 'active', priceDecimals: 1 };
    const changed = { ...created, type: 'future' };
    const changes = await changesOf(symbol);
    expect(changes).toMatchObject([
      { kind: 'change', target: 'instruments', name: symbol, actor: 'local', before: null, after: created },
      { before: created, after: changed },
      { before: changed, after: { ...changed, status: 'inactive' } },
    ]);
    const { operationId } = changes[1];
    expect((await service.get(`/v1/reference-data/operations/${operationId}`)).body).toEqual(changes[1]);
    const ids = changes.map((change: { operationId: number }) => change.operationId);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  test('are not made if a PUT or a PATCH changes nothing', async () => {
    const symbol = await newInstrument(service, { name: 'Same', priceDecimals: 8 });
    const first = await service.get(pathOf(symbol));
    for (const reply of [
      await service.put(pathOf(symbol), { name: 'Same', priceDecimals: 8 }),
      await service.patch(pathOf(symbol), { name: 'Same', priceDecimals: 8 }),
      await service.patch(pathOf(symbol), {}),
    ]) {
      expect([reply.status, reply.body, etagOf(reply)]).toEqual([200, first.body, etagOf(first)]);
    }
    expect(await changesOf(symbol)).toHaveLength(1);
  });

  test('of alert rules have all fields of a rule', async () => {
    const symbol = await newInstrument(service);
    const name = `recorded ${symbol}`;
    await newRule(service, symbol, name);
    const patched = await service.patch(`/v1/alert-rules/${name}`, { timeWindowSeconds: 60, threshold: 1.5 });
    expect(patched.body).toMatchObject({ timeWindowSeconds: 60, threshold: 1.5, condition: 'above', symbol });
    const cleared = await service.patch(`/v1/alert-rules/${name}`, { timeWindowSeconds: null, symbol: 'ES' });
    expect(cleared.body).toMatchObject({ timeWindowSeconds: null, threshold: 1.5, symbol: 'ES' });
    const [created, first, second] = await changesOf(name, 'alert-rules');
    expect(created).toMatchObject({ before: null, after: { symbol, threshold: 4300, timeWindowSeconds: null } });
    expect(first).toMatchObject({ before: created.after, after: { timeWindowSeconds: 60, active: true } });
    expect(second).toMatchObject({ before: first.after, after: { symbol: 'ES', timeWindowSeconds: null } });
  });

  test('are also made by createInstruments, but not if no row is stored', async () => {
    const [stored, refused] = [`MADE ${process.pid}`, `NONE ${process.pid}`];
    const post = (record: object) =>
      service.post('/v1/market-data', { records: [record] }, { query: { createInstruments: true } });
    expect((await post(tick({ symbol: stored }))).status).toBe(200);
    expect((await post(tick({ symbol: refused, price: 'x' }))).status).toBe(422);
    expect(await changesOf(stored)).toMatchObject([
      { actor: 'local', before: null, after: { name: stored, type: 'other', status: 'active', priceDecimals: 4 } },
    ]);
    expect(await changesOf(refused)).toEqual([]);
  });

  test('of concurrent writers form one chain: each contains the state that the previous one left', async () => {
    const symbol = await newInstrument(service, { priceDecimals: 0 });
    const writes = Array.from({ length: 12 }, (_, n) =>
      n % 2 === 0
        ? service.put(pathOf(symbol), { name: `put ${n}`, priceDecimals: n })
        : service.patch(pathOf(symbol), { priceDecimals: n }),
    );
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    const changes = await changesOf(symbol);
    expect(changes.length).toBeGreaterThan(7);
    // the numbers are drawn while the row is locked, so they are in the order of the changes
    for (const [place, change] of changes.entries())
      expect(change.before).toEqual(place === 0 ? null : changes[place - 1].after);
    const { name, type, status, priceDecimals } = (await service.get(pathOf(symbol))).body;
    expect(changes.at(-1).after).toEqual({ name, type, status, priceDecimals });
  });

  test('are listed in pages, of one kind or of all', async () => {
    const symbol = await newInstrument(service);
    for (const name of ['a', 'b', 'c', 'd']) await service.patch(pathOf(symbol), { name });
    const path = '/v1/reference-data/operations';
    const first = await service.get(path, { query: { name: symbol, limit: 3 } });
    const rest = await service.get(path, { query: { name: symbol, limit: 3, cursor: first.body.nextCursor } });
    const names = [...first.body.data, ...rest.body.data].map(({ after }: { after: { name: string } }) => after.name);
    expect([names, rest.body.nextCursor]).toEqual([['d', 'c', 'b', 'a', symbol], null]);
    expect((await service.get(path, { query: { name: symbol, target: 'alert-rules' } })).body.data).toEqual([]);
    expect((await service.get(`${path}/${Number.MAX_SAFE_INTEGER}`)).body.code).toBe('operation_not_found');
  });

  test('are also made by writers that bypass the API, under their role', async () => {
    const symbol = await newInstrument(service);
    const before = etagOf(await service.get(pathOf(symbol)));
    await service.sql("update tick_store.instruments set name = 'by hand' where symbol = $1", [symbol]);
    const [{ role } = { role: '' }] = await service.sql<{ role: string }>('select current_user as role');
    expect((await changesOf(symbol)).at(-1)).toMatchObject({ actor: role, after: { name: 'by hand' } });
    expect(etagOf(await service.get(pathOf(symbol)))).not.toBe(before);
  });
});

describe('PATCH and PUT', () => {
  test('a PUT resets omitted fields, and a PATCH keeps them', async () => {
    const symbol = await newInstrument(service, { priceDecimals: 8 });
    await store(service, [tick({ symbol, price: 0.12345678 })]);
    const price = async () => (await service.get('/v1/market-data', { query: { symbol } })).body.data[0].price;
    expect((await service.patch(pathOf(symbol), { name: 'A name alone' })).body.priceDecimals).toBe(8);
    expect(await price()).toBe(0.12345678);
    expect((await service.put(pathOf(symbol), { name: 'A name alone' })).body.priceDecimals).toBe(4);
    expect(await price()).toBe(0.1235);
    expect((await service.put(pathOf(symbol), { priceDecimals: 2 })).body).toMatchObject({
      name: symbol,
      priceDecimals: 2,
    });
  });

  test('a PATCH may be a JSON merge patch, and other types are refused', async () => {
    const symbol = await newInstrument(service);
    const send = (type: string) =>
      service.patch(pathOf(symbol), { name: 'merged' }, { headers: { 'content-type': type } });
    expect((await send('application/merge-patch+json')).body.name).toBe('merged');
    expect((await send('application/json-patch+json')).status).toBe(415);
    const put = await service.put(pathOf(symbol), {}, { headers: { 'content-type': 'application/merge-patch+json' } });
    expect(put.status).toBe(415);
  });

  test('a PATCH of something that does not exist gets a 404, and creates nothing', async () => {
    expect((await service.patch('/v1/instruments/NOBODY', { name: 'x' })).body.code).toBe('instrument_not_found');
    expect((await service.patch('/v1/alert-rules/nobody', { active: false })).body.code).toBe('rule_not_found');
    expect((await service.get('/v1/instruments/NOBODY')).status).toBe(404);
  });

  test.each([
    ['instruments/ES', { symbol: 'NQ' }, 'symbol'],
    ['instruments/ES', { priceDecimals: null }, 'priceDecimals'],
    ['instruments/ES', { name: '' }, 'name'],
    ['alert-rules/patched', { threshold: null }, 'threshold'],
    ['alert-rules/patched', { timeWindowSeconds: 0 }, 'timeWindowSeconds'],
    ['alert-rules/patched', { symbol: 'ES', instrumentId: 1 }, ''],
  ])('a PATCH of %s with %j is refused', async (path, body, field) => {
    await newRule(service, 'ES', 'patched');
    const reply = await service.patch(`/v1/${path}`, body);
    expect([reply.status, reply.body.errors[0].path]).toEqual([422, field]);
  });
});

describe('many at once', () => {
  const names = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, n) => `${prefix} ${process.pid} ${n}`);

  test('creates and changes some, leaves others unchanged, and reports which', async () => {
    const [a, b, c, d] = names(4, 'MANY') as [string, string, string, string];
    await service.put(pathOf(b), { priceDecimals: 7 });
    await service.put(pathOf(c), { type: 'forex' });
    const instruments = [
      { symbol: a },
      { symbol: b, name: 'B' },
      { symbol: c, type: 'forex' },
      { symbol: d, priceDecimals: 0 },
    ];
    const reply = await service.put('/v1/instruments', { instruments });
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        ...{ received: 4, created: 2, changed: 1, unchanged: 1 },
        outcomes: {
          created: [
            [0, 0],
            [3, 3],
          ],
          changed: [[1, 1]],
          unchanged: [[2, 2]],
        },
      },
    ]);
    expect((await service.get(pathOf(b))).body).toMatchObject({ name: 'B', priceDecimals: 4 });
    expect((await changesOf(d)).length).toBe(1);
    expect((await service.put('/v1/instruments', { instruments })).body.unchanged).toBe(4);
  });

  test('uses an id only for what it creates', async () => {
    const [stored, first, second] = names(3, 'ids') as [string, string, string];
    const put = (...symbols: string[]) =>
      service.put('/v1/instruments', { instruments: symbols.map((symbol) => ({ symbol, type: 'x' })) });
    await put(stored, first);
    for (let again = 0; again < 3; again++) await put(stored, first);
    await put(stored, second);
    const ids = await Promise.all([first, second].map(async (symbol) => (await service.get(pathOf(symbol))).body.id));
    expect(ids[1] - ids[0]).toBe(1);
  });

  test('is all or nothing, and reports which item is wrong and why', async () => {
    const [fresh, stored] = names(2, 'None') as [string, string];
    await service.put(pathOf(stored), {});
    const cases: [object[], number, string, string][] = [
      [[{ symbol: fresh }, { symbol: 'A', priceDecimals: 99 }], 422, 'invalid_request', 'instruments.1.priceDecimals'],
      [[{ symbol: fresh }, { symbol: 'B,C' }], 422, 'invalid_request', 'instruments.1.symbol'],
      [[{ symbol: fresh }, { name: 'x' }], 422, 'invalid_request', 'instruments.1.symbol'],
      [[{ symbol: fresh }, { symbol: 'X' }, { symbol: 'x' }], 422, 'invalid_request', 'instruments.2.symbol'],
      [[{ symbol: fresh }, { symbol: stored.toLowerCase() }], 409, 'name_differs_in_case', 'instruments.1.symbol'],
      [[], 422, 'invalid_request', 'instruments'],
    ];
    for (const [instruments, status, code, path] of cases) {
      const reply = await service.put('/v1/instruments', { instruments });
      expect([reply.status, reply.body.code, reply.body.errors[0]?.path]).toEqual([status, code, path]);
    }
    expect((await service.get(pathOf(fresh))).status).toBe(404);
    const conditional = await service.put('/v1/instruments', { instruments: [{ symbol: fresh }] }, ifNoneMatch('*'));
    expect([conditional.status, conditional.body.errors[0].path]).toEqual([422, 'If-None-Match']);
  });

  test('writes rules as well, and names the instruments that are unknown', async () => {
    const [a, b] = names(2, 'rule') as [string, string];
    const rule = { symbol: 'ES', condition: 'above', threshold: 1 };
    const put = (alertRules: object[]) => service.put('/v1/alert-rules', { alertRules });
    expect(
      (
        await put([
          { name: a, ...rule },
          { name: b, ...rule, threshold: 2 },
        ])
      ).body,
    ).toMatchObject({ created: 2 });
    expect(
      (
        await put([
          { name: a, ...rule },
          { name: b, ...rule },
        ])
      ).body,
    ).toMatchObject({ changed: 1, unchanged: 1 });
    expect((await service.get(`/v1/alert-rules/${b}`)).body.threshold).toBe(1);
    const refused = await put([
      { name: a, ...rule, threshold: 9 },
      { name: b, ...rule, symbol: 'NOBODY' },
      { name: a, ...rule },
    ]);
    expect([refused.status, refused.body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      422,
      ['alertRules.2.name', 'alertRules.1.symbol'],
    ]);
    expect((await service.get(`/v1/alert-rules/${a}`)).body.threshold).toBe(1);
  });

  test('requests with the same names in opposite orders all succeed, even if they create them', async () => {
    for (let round = 0; round < 4; round++) {
      const instruments = names(150, `CROSS ${round >> 1}`).map((symbol) => ({ symbol, name: 'one' }));
      const opposite = instruments.toReversed().map(({ symbol }) => ({ symbol, name: 'two' }));
      const replies = await Promise.all(
        [instruments, opposite, instruments, opposite].map((items) =>
          service.put('/v1/instruments', { instruments: items }),
        ),
      );
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
  });

  test('of requests whose names differ in case, one is stored whole and the others not at all', async () => {
    const lower = names(20, 'case');
    const sets = [lower, lower.map((name) => name.toUpperCase()), lower.map((name) => `C${name.slice(1)}`)];
    const replies = await Promise.all(
      sets.map((symbols) => service.put('/v1/instruments', { instruments: symbols.map((symbol) => ({ symbol })) })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { body } = await service.get('/v1/instruments', { query: { search: lower[0]?.slice(0, -1) ?? '' } });
    expect(body.data).toHaveLength(20);
  });
});
