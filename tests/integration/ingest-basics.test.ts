import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('a tick is returned as it was sent', async () => {
  const receipt = await service.post('/v1/market-data', {
    records: [tick({ timestamp: '2026-11-02T14:30:00.123456Z' })],
  });
  expect(receipt.status).toBe(200);
  const { body } = await service.get(`/v1/market-data/${receipt.body.firstId}`);
  expect(body).toMatchObject({
    timestamp: '2026-11-02T14:30:00.123456Z',
    symbol: 'ES',
    price: 4300.25,
    batchId: receipt.body.batchId,
  });
});
