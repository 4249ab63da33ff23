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
