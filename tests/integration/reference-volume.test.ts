import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('a PUT accepts at most 10,000 instruments', async () => {
  const instruments = Array.from({ length: 10_000 }, (_, n) => ({
    symbol: `${'币'.repeat(40)} ${n}`,
    name: `Number ${n}`,
    priceDecimals: 2,
  }));
  const reply = await service.put('/v1/instruments', { instruments });
  expect([reply.status, reply.body.created]).toEqual([200, 10_000]);
  const changed = await service.put('/v1/instruments', {
    instruments: instruments.map((one) => ({ ...one, type: 'x' })),
  });
  expect(changed.body).toMatchObject({ changed: 10_000, outcomes: { changed: [[0, 9999]] } });
  const more = await service.put('/v1/instruments', { instruments: [...instruments, { symbol: 'ONE MORE' }] });
  expect([more.status, more.body.errors[0].path]).toEqual([422, 'instruments']);
});
