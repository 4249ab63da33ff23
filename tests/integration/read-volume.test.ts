import { afterAll, beforeAll, expect, test } from 'vitest';
import { alert, allPages, newInstrument, newRule, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  // separate processes, with the memory limit of a function
  service = await startService({ processes: true });
});
afterAll(() => service.stop());

test('a page ends before it exceeds 5 MB, and paging still returns every row', async () => {
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  const long = { alertMessage: '"€\\'.repeat(600), errorMessage: 'é'.repeat(2_000), symbol };
  const records = ticks(500).map(({ timestamp }) => alert(ruleId, { timestamp, ...long }));
  const ids = [await store(service, records, 'alert-logs'), await store(service, records, 'alert-logs')].flat();
  let pages = 1;
  const walked = await allPages(service, '/v1/alert-logs', { symbol, limit: 1_000 }, async () => pages++);
  expect(pages).toBeGreaterThan(1);
  expect(walked.map((row) => row.id).sort()).toEqual(ids.sort());
  expect(walked[0]).toMatchObject(long);
});

test('the widest page of the longest alert logs fits a response and the memory of a function', async () => {
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  await service.sql(
    `with batch as (
       insert into tick_store.ingest_batches (target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected, min_time, max_time, receipt)
       values ('alert_logs', 'test', 'long', '', gen_random_uuid(), 2500, 2500, 0, '2026-11-01', '2026-11-30', '') returning block
     )
     insert into tick_store.alert_logs (id, "timestamp", rule_id, instrument_id, trigger_value, threshold_value, fired_status, delivery_status, rule_condition, alert_message, error_message)
     select block * 65536 + n, timestamptz '2026-11-05' + make_interval(secs => n), $1, (select id from tick_store.instruments where symbol = $2),
            1, 1, 'fired', 'pending', repeat('𝄞', 250), repeat('𝄞', 1000), repeat('𝄞', 1000)
       from batch, generate_series(0, 2499) n`,
    [ruleId, symbol],
  );
  const reply = await service.get('/v1/alert-logs', { query: { symbol, limit: 10_000 } });
  expect([reply.status, reply.body.nextCursor]).toEqual([200, expect.any(String)]);
  expect(Buffer.byteLength(reply.text)).toBeGreaterThan(4_000_000);
});

test('a page of the longest operations fits a response and the memory of a function', async () => {
  await service.sql(
    `with long as (
       select string_agg('[' || 2 * n || ',' || 2 * n || ']', ',') as ranges from generate_series(500000001, 500100000) n
     )
     insert into tick_store.operations (id, number, kind, target, selector, reason, actor, idempotency_key, payload_hash, request_id, affected, receipt)
     select n, n, 'deletion', 'alert_logs', '{}', 'long', 'test', 'long ' || n, '', gen_random_uuid(), 100000,
            '{"operationId":' || n || ',"kind":"deletion","reason":"long","actor":"test","at":"2026-11-01T00:00:00.000000Z","dryRun":false,'
            || '"requested":100000,"affected":100000,"unchanged":0,"notFound":0,"ids":{"affected":[' || ranges || '],"unchanged":[],"notFound":[]}}'
       from generate_series(1000001, 1000030) n, long`,
  );
  const first = await service.get('/v1/alert-logs/operations', { query: { limit: 1000 } });
  expect([first.status, first.body.data?.[0].operationId]).toEqual([200, 1_000_030]);
  const query = { limit: 1000, cursor: first.body.nextCursor };
  const second = await service.get('/v1/alert-logs/operations', { query });
  expect(second.body.data[0].operationId).toBe(first.body.data.at(-1).operationId - 1);
});
