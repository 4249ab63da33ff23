import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  // one execution environment, so that the one that knows the instrument is the one that is asked again
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

test('an instrument that is active again takes ticks again', async () => {
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
