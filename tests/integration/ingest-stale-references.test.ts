import { afterAll, beforeAll, expect, test } from 'vitest';
import { waiting } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  // one execution environment, so that the one that has cached the instrument receives the next request
  service = await startService({ concurrency: 1 });
});
afterAll(() => service.stop());

test('an instrument that the owner has removed is unknown again, not an internal error', async () => {
  const known = [tick({ symbol: 'NQ', price: 'not a price' }), tick()];
  expect((await service.post('/v1/market-data', { records: known })).body).toMatchObject({ inserted: 1, rejected: 1 });
  await service.sql(`delete from tick_store.instruments where symbol = 'NQ'`);
  const { status, body } = await service.post('/v1/market-data', { records: [tick({ symbol: 'NQ' }), tick()] });
  expect([status, body]).toMatchObject([
    200,
    { inserted: 1, rejected: 1, rejections: [{ index: 0, path: 'symbol', code: 'unknown_instrument' }] },
  ]);
});

test('an instrument that is active again accepts ticks again', async () => {
  const path = '/v1/instruments/ACTIVE-AGAIN';
  const put = async (status: string) => {
    const body = { name: 'Active again', type: 'future', priceDecimals: 2, status };
    expect((await service.put(path, body)).status).toBeLessThan(300);
  };
  const send = async (query: Record<string, boolean> = {}) => {
    const records = [tick({ symbol: 'ACTIVE-AGAIN' }), tick({ price: 'not a price' })];
    const { status, body } = await service.post('/v1/market-data', { records }, { query });
    return [status, body.code, body.inserted, body.rejected];
  };
  await put('active');
  expect(await send()).toEqual([200, undefined, 1, 1]);
  await put('inactive');
  expect(await send({ atomic: true }), 'what is refused says so too').toEqual([422, 'all_rejected', 0, 2]);
  expect(await send()).toEqual([422, 'all_rejected', 0, 2]);
  await put('active');
  expect(await send({ atomic: true })).toEqual([422, 'atomic_rejected', 1, 1]);
  expect(await send()).toEqual([200, undefined, 1, 1]);
});

test.each([
  ['of ticks', {}, 1, {}],
  ['of ticks with sequences', { sequence: 1 }, 1, {}],
  ['of many ticks', {}, 1_500, {}],
  ['of corrections', { sequence: 1 }, 1, { onConflict: 'replace', reason: 'bad print' }],
])(
  'a refused batch %s creates no instrument next to one that is inactive meanwhile',
  async (name, fields, count, query) => {
    const [known, created] = [`KNOWN ${name}`, `CREATED ${name}`];
    const path = `/v1/instruments/${encodeURIComponent(known)}`;
    await service.put(path, {});
    expect((await service.post('/v1/market-data', { records: [tick({ symbol: known })] })).status).toBe(200);
    await service.patch(path, { status: 'inactive' });
    const records = [tick({ symbol: known, ...fields }), ...ticks(count, { symbol: created, ...fields })];
    const { status, body } = await service.post(
      '/v1/market-data',
      { records },
      { query: { atomic: true, createInstruments: true, ...query } },
    );
    expect([status, body.code]).toEqual([422, 'atomic_rejected']);
    expect((await service.get(`/v1/instruments/${encodeURIComponent(created)}`)).status).toBe(404);
  },
);

test('a batch with the key of a running batch creates no instrument', async () => {
  const created = 'CREATED under a key';
  const headers = { 'idempotency-key': 'of-another-batch' };
  const running = `insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
    values ('local', 'of-another-batch', 'batch', '', gen_random_uuid())`;
  const reply = await withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin');
    await client.query(running);
    const posting = service.post(
      '/v1/market-data',
      { records: [tick({ symbol: created })] },
      { headers, query: { createInstruments: true } },
    );
    await waiting(service, 1);
    await client.query('commit');
    return posting;
  });
  expect([reply.status, reply.body.code]).toEqual([409, 'idempotency_key_reused']);
  expect((await service.get(`/v1/instruments/${encodeURIComponent(created)}`)).status).toBe(404);
});
