import { afterAll, beforeAll, expect, test } from 'vitest';
import { newInstrument, remove, restore, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('50,000 ids are one operation, even one by one, and 50,001 are refused', async () => {
  const symbol = await newInstrument(service);
  const seconds = (index: number) => new Date(Date.parse('2026-11-03T00:00:00Z') + index * 1000).toISOString();
  const ids = await store(
    service,
    Array.from({ length: 50_000 }, (_, index) => tick({ symbol, timestamp: seconds(index) })),
  );
  const { status, body } = await remove(service, { ids });
  expect([status, body.affected, body.ids.affected]).toEqual([200, 50_000, [[ids[0], ids[49_999]]]]);
  const oneByOne = await restore(service, { ids, batchSize: 1 });
  expect([oneByOne.status, oneByOne.body.affected]).toEqual([200, 50_000]);
  const tooMany = await remove(service, { ids: [...ids, 1] });
  expect([tooMany.status, tooMany.body.errors[0].path]).toEqual([422, 'ids']);
});

test('an operation on every other row of 16,000 lists all its ids, in the dry run, the response and later reads', async () => {
  const symbol = await newInstrument(service);
  const at = (index: number) => new Date(Date.parse('2026-11-05T00:00:00Z') + index * 1000).toISOString();
  const ids = await store(
    service,
    Array.from({ length: 16_000 }, (_, index) => tick({ symbol, timestamp: at(index) })),
  );
  const wanted = ids.filter((_, index) => index % 2 === 0);
  const ranges = wanted.map((id) => [id, id]);
  const dry = await remove(service, { ids: wanted, dryRun: true });
  expect([dry.status, dry.body.affected]).toEqual([200, 8_000]);
  expect(dry.body.ids.affected).toEqual(ranges);
  const real = await remove(service, { ids: wanted, batchSize: 3_000 });
  expect([real.status, real.body.affected]).toEqual([200, 8_000]);
  expect(real.body.ids.affected).toEqual(ranges);
  const recorded = await service.get(`/v1/market-data/operations/${real.body.operationId}`);
  expect(recorded.body).toEqual(real.body);
  const undone = await restore(service, { operationId: real.body.operationId });
  expect(undone.body.ids.affected).toEqual(ranges);
});
