import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('a repeated batch with all its ticks at one timestamp is recognised, whatever the plan', async () => {
  const count = 20_000;
  const records = Array.from({ length: count }, (_, sequence) => tick({ timestamp: '2024-01-09T00:00:00Z', sequence }));
  expect((await service.post('/v1/market-data', { records })).body).toMatchObject({ inserted: count });
  await service.sql('analyze tick_store.market_data_2024_01');
  expect((await service.post('/v1/market-data', { records })).body).toMatchObject({ inserted: 0, duplicates: count });
  const one = [
    ...records.slice(0, 1),
    ...records.map((record) => ({ ...record, sequence: Number(record['sequence']) + count })),
  ];
  expect((await service.post('/v1/market-data', { records: one })).body).toMatchObject({
    inserted: count,
    duplicates: 1,
  });
});
