import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RemovedRows } from '../../functions/ledger/sql/remove-expired.ts';
import { ageRows } from '../support/age-rows.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument, newSeries, remove, restore, standing, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/** Keys and receipts expire. Age comes from the rows' own timestamps, so the tests make the rows as old as needed. */

const KEY_DAYS = 90;
let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { KEEP_KEY_DAYS: String(KEY_DAYS) } });
});
afterAll(() => service.stop());

/** Makes all stored rows older by this interval. */
const age = (interval: string) => ageRows(service.database.superuserUrl, interval);

async function maintain(): Promise<RemovedRows['removed']> {
  const result = await service.environments.invoke('maintain-partitions', {});
  if (!result.ok) throw new Error(JSON.stringify(result));
  return (result.payload as { expired: RemovedRows['removed'] }).expired;
}

// expire what other tests of this file left behind
beforeEach(async () => {
  await age(`${KEY_DAYS} days`);
  await maintain();
});

test('after its retention a key may be reused and a receipt has only its counts, but rows, ledger and undo remain', async () => {
  const symbol = await newInstrument(service);
  const records = ticks(3, { symbol });
  const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });
  const batch = await service.post('/v1/market-data', { records: [...records, { symbol }] }, keyed('batch'));
  const ids = [0, 1, 2].map((index) => batch.body.firstId + index);
  const deletion = await remove(service, { ids: [ids[0], ids[2], 7] }, keyed('deletion'));
  expect([batch.status, deletion.status]).toEqual([200, 200]);

  await age(`${KEY_DAYS} days - 1 minute`);
  expect(await maintain()).toEqual({ keys: 0, receipts: 0, refused: 0, gone: 0 });
  const replayed = await service.post('/v1/market-data', { records: [...records, { symbol }] }, keyed('batch'));
  expect([replayed.text, replayed.headers.get('idempotency-replayed')]).toEqual([batch.text, 'true']);
  expect((await service.get(`/v1/market-data/operations/${deletion.body.operationId}`)).text).toBe(deletion.text);

  await age('1 minute');
  const expired = await maintain();
  expect(expired).toMatchObject({ receipts: 2, refused: 0 });
  expect(expired.keys).toBeGreaterThanOrEqual(2);
  expect(await maintain()).toEqual({ keys: 0, receipts: 0, refused: 0, gone: 0 });
  expect(await standing(service, symbol)).toEqual([ids[1]]);

  const left = (await service.get(`/v1/market-data/batches/${batch.body.batchId}`)).body;
  const { inserted, received, rejected } = batch.body;
  const bounds = { earliest: '2026-11-02T14:30:00.000000Z', latest: '2026-11-02T14:30:02.000000Z' };
  expect(left).toMatchObject({ expired: bounds });
  expect(left).toMatchObject({ batchId: batch.body.batchId, inserted, received, rejected, rejections: [] });
  const listed = (await service.get('/v1/market-data/batches', { query: { limit: 1 } })).body.data[0];
  expect(listed).toMatchObject({ batchId: batch.body.batchId, inserted, earliest: expect.any(String) });
  const operation = await service.get(`/v1/market-data/operations/${deletion.body.operationId}`);
  // the ids that were not found are not retained, only their number
  expect(operation.body).toEqual({
    ...deletion.body,
    at: expect.any(String),
    ids: { ...deletion.body.ids, notFound: [] },
  });

  const anew = await service.post('/v1/market-data', { records: ticks(1, { symbol }) }, keyed('batch'));
  expect([anew.status, anew.body.inserted, anew.headers.get('idempotency-replayed')]).toEqual([200, 1, null]);
  const undo = await restore(service, { operationId: deletion.body.operationId }, keyed('deletion'));
  expect([undo.status, undo.body.affected]).toEqual([200, 2]);
});

test('no key expires within a day, whatever is configured, and refused batches expire after a week', async () => {
  const { symbol } = await newSeries(service, 1);
  const removeExpired = (days: number) =>
    withClient(service.database.appUrl, (client) => client.query('select tick_store.remove_expired($1)', [days]));
  await expect(removeExpired(0)).rejects.toMatchObject({ code: '22023' });
  const refused = await service.post('/v1/market-data', { records: [{ symbol }] });
  expect(refused.status).toBe(422);
  const receipt = () => service.get(`/v1/market-data/batches/${refused.body.batchId}`);
  await age('6 days 23 hours');
  await maintain();
  expect((await receipt()).status).toBe(200);
  await age('1 hour');
  expect(await maintain()).toMatchObject({ refused: 1 });
  expect((await receipt()).status).toBe(404);
});

test('one run removes more than one call can, and receipts stay as long as their keys', async () => {
  const symbol = await newInstrument(service);
  await store(service, ticks(1, { symbol }));
  await withClient(service.database.ownerUrl, (client) =>
    client.query(`insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id, created_at)
                  select 'many', 'key ' || n, 'batch', '', gen_random_uuid(), now() - interval '91 days' from generate_series(1, 25000) n`),
  );
  expect(await maintain()).toMatchObject({ keys: 25_000 });
  const [kept] = await service.sql<{ keys: number }>(
    `select count(*)::int as keys from tick_store.ingest_batches b join tick_store.idempotency_keys k on k.number = b.block where b.receipt is null`,
  );
  expect(kept).toEqual({ keys: 0 });
});
