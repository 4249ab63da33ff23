import { afterAll, beforeAll, expect, test } from 'vitest';
import { effectOf, expand, newInstrument, newSeries, remove, restore, standing, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('a deletion by ids records who, why, when and which rows', async () => {
  const { symbol, ids } = await newSeries(service, 6);
  const [a, b, c, d] = ids as [number, number, number, number];
  const before = Date.now();
  const { status, body } = await remove(service, { ids: [d, a, b, a], reason: 'späte "Korrektur" \\ 🐻' });
  expect(status).toBe(200);
  expect(body).toEqual({
    operationId: expect.any(Number),
    kind: 'deletion',
    reason: 'späte "Korrektur" \\ 🐻',
    actor: 'local',
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    dryRun: false,
    requested: 3,
    affected: 3,
    unchanged: 0,
    notFound: 0,
    ids: {
      affected: [
        [a, b],
        [d, d],
      ],
      unchanged: [],
      notFound: [],
    },
  });
  expect(Math.abs(Date.parse(body.at) - before)).toBeLessThan(60_000);
  expect(await standing(service, symbol)).toEqual([ids[5], ids[4], c]);
});

test('rows that are already deleted are unchanged, unknown ids are not found, and a repeat is not an error', async () => {
  const { symbol, ids } = await newSeries(service, 4);
  const { body: first } = await remove(service, { ids: ids.slice(0, 2) });
  const unknown = [(ids[3] as number) + 1, 1, 9_007_199_254_740_991];
  const { body: second } = await remove(service, { ids: [...unknown, ...ids] });
  expect(second).toMatchObject({ requested: 7, affected: 2, unchanged: 2, notFound: 3 });
  expect(second.ids).toEqual({
    affected: [[ids[2], ids[3]]],
    unchanged: [[ids[0], ids[1]]],
    notFound: [
      [1, 1],
      [unknown[0], unknown[0]],
      [unknown[2], unknown[2]],
    ],
  });
  const { body: third } = await remove(service, { ids });
  expect(third).toMatchObject({ requested: 4, affected: 0, unchanged: 4, ids: { unchanged: [[ids[0], ids[3]]] } });
  const [row] = (
    await service.get('/v1/market-data', { query: { symbol, includeDeleted: true, end: '2026-11-02T14:30:00Z' } })
  ).body.data;
  expect(row).toMatchObject({ deletedAt: first.at, deletedBy: first.operationId });
});

test('ids may be ranges as in responses, mixed with single ids, and overlaps count once', async () => {
  const { symbol, ids } = await newSeries(service, 6);
  const [a, b, c, , e, f] = ids as [number, number, number, number, number, number];
  const { body } = await remove(service, { ids: [[a, c], b, [e, e]] });
  expect(body).toMatchObject({
    requested: 4,
    affected: 4,
    ids: {
      affected: [
        [a, c],
        [e, e],
      ],
    },
  });
  expect(await standing(service, symbol)).toEqual([f, ids[3]]);
  const { body: undone } = await restore(service, { ids: body.ids.affected });
  expect(undone).toMatchObject({ kind: 'restoration', requested: 4, affected: 4, ids: body.ids });
  expect(await standing(service, symbol)).toEqual([...ids].reverse());
});

test.each([
  ['a range that ends before it starts', [[5, 4]], 'ids.0'],
  ['a range over more ids than an operation may name', [[1, 9_007_199_254_740_991]], 'ids'],
  ['ranges over more ids together', [[1, 50_000], 50_001], 'ids'],
  ['a range with one end', [[5]], 'ids.0'],
  ['a range with three', [[5, 6, 7]], 'ids.0'],
  ['a range of text', [['5', '6']], 'ids.0'],
])('%s is refused, and nothing is deleted', async (_, ids, path) => {
  const { status, body } = await remove(service, { ids });
  expect([status, body.code]).toEqual([422, 'invalid_request']);
  expect(body.errors[0].path).toBe(path);
});

test('an empty list of ids returns zeros', async () => {
  const { status, body } = await remove(service, { ids: [] });
  expect([status, body]).toMatchObject([200, { requested: 0, affected: 0, unchanged: 0, notFound: 0 }]);
  expect(body.ids).toEqual({ affected: [], unchanged: [], notFound: [] });
});

test('a deletion by batch deletes the whole batch and nothing else', async () => {
  const symbol = await newInstrument(service);
  const records = [
    ...ticks(3, { symbol }),
    { ...tick({ symbol }), price: true },
    tick({ symbol, timestamp: '1984-02-29T00:00:00Z' }),
  ];
  const { body: receipt } = await service.post('/v1/market-data', { records });
  const others = await store(service, ticks(2, { symbol }));
  const { body } = await remove(service, { batchId: receipt.batchId });
  expect(body).toMatchObject({ requested: 4, affected: 4, notFound: 0 });
  expect(expand(body.ids.affected)).toEqual([0, 1, 2, 4].map((index) => receipt.firstId + index));
  expect(await standing(service, symbol)).toEqual([others[1], others[0]]);
});

test('a deletion by filter deletes one instrument’s rows from start to end, both inclusive', async () => {
  const { symbol, ids } = await newSeries(service, 5);
  const { symbol: other, ids: untouched } = await newSeries(service, 5);
  const filter = { symbol, start: '2026-11-02T14:30:01Z', end: '2026-11-02 14:30:03' };
  const { body } = await remove(service, { filter });
  expect([body.requested, body.ids.affected]).toEqual([3, [[ids[1], ids[3]]]]);
  expect(await standing(service, symbol)).toEqual([ids[4], ids[0]]);
  expect(await standing(service, other)).toHaveLength(untouched.length);
  const { body: rest } = await remove(service, {
    filter: { symbol, start: '0000-01-01', end: '9999-12-31T23:59:59.999999Z' },
  });
  expect(rest).toMatchObject({ requested: 5, affected: 2, unchanged: 3 });
});

test('a wrong expectedCount gets a 409 with the count, and nothing changes', async () => {
  const { symbol, ids } = await newSeries(service, 4);
  for (const dryRun of [false, true]) {
    const reply = await remove(service, { ids, expectedCount: 5, batchSize: 2, dryRun });
    expect([reply.status, reply.body]).toMatchObject([409, { code: 'expected_count_mismatch', affected: 4 }]);
  }
  expect(await standing(service, symbol)).toHaveLength(4);
  expect((await remove(service, { ids, expectedCount: 4 })).body.affected).toBe(4);
  expect((await remove(service, { ids, expectedCount: 0 })).status).toBe(200);
});

test('a dry run returns what the real one will do, and changes nothing', async () => {
  const { symbol, ids } = await newSeries(service, 8);
  await remove(service, { ids: [ids[2], ids[5]] });
  const filter = { symbol, start: '2026-11-02T14:30:01Z', end: '2026-11-02T14:30:06Z' };
  const batchId = Math.floor((ids[0] as number) / 65_536);
  for (const selector of [{ ids: [...ids, 5] }, { batchId }, { filter }]) {
    const operations = () => service.sql('select count(*) from tick_store.operations');
    const [rows, history] = [await standing(service, symbol), await operations()];
    const dry = await remove(service, { ...selector, dryRun: true });
    expect(dry.body).toMatchObject({
      operationId: null,
      dryRun: true,
      kind: 'deletion',
      actor: 'local',
      reason: 'duplicate feed',
    });
    expect([await standing(service, symbol), await operations()]).toEqual([rows, history]);
    const real = await remove(service, selector);
    expect(effectOf(dry)).toEqual(effectOf(real));
    expect((await restore(service, { operationId: real.body.operationId })).body.affected).toBe(real.body.affected);
  }
});

test('batchSize does not change the result', async () => {
  const { ids } = await newSeries(service, 25);
  const wanted = [...ids, 7, 8];
  for (const batchSize of [1, 7, 27, 50_000]) {
    const { body } = await remove(service, { ids: wanted, batchSize });
    expect(body).toMatchObject({
      requested: 27,
      affected: 25,
      notFound: 2,
      ids: { affected: [[ids[0], ids[24]]], notFound: [[7, 8]] },
    });
    expect((await restore(service, { ids: wanted, batchSize })).body.affected).toBe(25);
  }
});

test('a key makes a repeat return the stored response, byte for byte, and refuses another payload', async () => {
  const { ids } = await newSeries(service, 3);
  const headers = { 'Idempotency-Key': 'delete-once' };
  const first = await remove(service, { ids }, { headers });
  await restore(service, { ids });
  const again = await remove(service, { ids }, { headers });
  expect([again.status, again.text]).toEqual([200, first.text]);
  expect([first, again].map((reply) => reply.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  expect((await service.get(`/v1/market-data/${ids[0]}`)).status).toBe(200);
  const other = await remove(service, { ids: [ids[0]] }, { headers });
  expect([other.status, other.body.code]).toEqual([409, 'idempotency_key_reused']);
  const restoration = await restore(service, { ids }, { headers });
  expect([restoration.status, restoration.body.code]).toEqual([409, 'idempotency_key_reused']);
});

test('a key of a refused deletion is free again', async () => {
  const { ids } = await newSeries(service, 2);
  const headers = { 'Idempotency-Key': 'refused-first' };
  expect((await remove(service, { ids, expectedCount: 1 }, { headers })).status).toBe(409);
  expect((await remove(service, { ids, expectedCount: 2 }, { headers })).body.affected).toBe(2);
});
