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

test('every other row of 40,000 is an operation whose ids are all listed, before, then and afterwards', async () => {
  const symbol = await newInstrument(service);
  const at = (index: number) => new Date(Date.parse('2026-11-05T00:00:00Z') + index * 1000).toISOString();
  const ids = await store(
    service,
    Array.from({ length: 40_000 }, (_, index) => tick({ symbol, timestamp: at(index) })),
  );
  const wanted = ids.filter((_, index) => index % 2 === 0);
  const ranges = wanted.map((id) => [id, id]);
  const dry = await remove(service, { ids: wanted, dryRun: true });
  expect([dry.status, dry.body.affected]).toEqual([200, 20_000]);
  expect(dry.body.ids.affected).toEqual(ranges);
  const real = await remove(service, { ids: wanted, batchSize: 5_000 });
  expect([real.status, real.body.affected]).toEqual([200, 20_000]);
  expect(real.body.ids.affected).toEqual(ranges);
  const recorded = await service.get(`/v1/market-data/operations/${real.body.operationId}`);
  expect(recorded.body).toEqual(real.body);
  const undone = await restore(service, { operationId: real.body.operationId });
  expect(undone.body.ids.affected).toEqual(ranges);
});

test('an operation that would find too many rows is refused whole, as its dry run is', async () => {
  const symbol = await newInstrument(service);
  await service.sql(
    `insert into tick_store.ingest_batches (target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected, min_time, max_time, receipt)
     select 'market_data', 'test', 'many ' || n, '', gen_random_uuid(), 65536, 65536, 0, '2026-11-04', '2026-11-06', '' from generate_series(1, 3) n`,
  );
  await service.sql(
    `insert into tick_store.market_data (id, "timestamp", instrument_id, price)
     select b.block * 65536 + n, timestamptz '2026-11-04' + make_interval(secs => n), i.id, 1
       from tick_store.ingest_batches b, generate_series(0, 65535) n, tick_store.instruments i
      where b.actor = 'test' and b.idempotency_key like 'many %' and i.symbol = $1
      order by b.block, n limit 131073`,
    [symbol],
  );
  const filter = { symbol, start: '2026-11-04', end: '2026-11-06' };
  for (const options of [{}, { dryRun: true }, { expectedCount: 131_073 }, { expectedCount: 131_073, dryRun: true }]) {
    const reply = await remove(service, { filter, ...options });
    expect([options, reply.status, reply.body.code]).toEqual([options, 422, 'too_many_rows']);
  }
  const deleted =
    'select count(*)::int from tick_store.market_data where deleted_at is not null and instrument_id = (select id from tick_store.instruments where symbol = $1)';
  expect(await service.sql(deleted, [symbol])).toEqual([{ count: 0 }]);

  const [{ id } = { id: 0 }] = (await service.get('/v1/market-data', { query: { symbol, limit: 1 } })).body.data;
  expect((await remove(service, { ids: [id] })).body.affected).toBe(1);
  const fits = await remove(service, { filter: { ...filter, end: '2026-11-04T18:12:14Z' } });
  expect([fits.status, fits.body.affected]).toEqual([200, 131_071]);
});
