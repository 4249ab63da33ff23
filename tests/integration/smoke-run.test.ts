import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

/** What a deployment runs before anything takes traffic, on every backend. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const smoke = () => service.environments.invoke('smoke-run', {});
const left = async () => {
  const [counts] = await service.sql<{ instruments: string; ticks: string; keys: string; batches: string }>(
    `select (select count(*) from tick_store.instruments where symbol = 'tick-store smoke run') as instruments,
            (select count(*) from tick_store.market_data) as ticks,
            (select count(*) from tick_store.idempotency_keys where scope = 'deployment') as keys,
            (select count(*) from tick_store.ingest_batches where actor = 'deployment') as batches`,
  );
  return Object.values(counts ?? {}).map(Number);
};

test('stores two rows as the functions do, reads them, and leaves nothing behind', async () => {
  const ways = inject('backend') === 'pg' ? ['arrays', 'copy'] : ['arrays'];
  for (const _ of [1, 2]) expect(await smoke()).toMatchObject({ ok: true, payload: { ways } });
  expect(await left()).toEqual([0, 0, 0, 0]);
});

test('fails with the reason if the role may not insert', async () => {
  await service.sql('revoke insert on tick_store.market_data from tick_store_app');
  const failed = await smoke();
  expect(failed).toMatchObject({ ok: false });
  expect(JSON.stringify(failed)).toMatch(/The smoke run by arrays failed: .*permission denied for table market_data/);
  await service.sql('grant insert on tick_store.market_data to tick_store_app');
  expect(await smoke()).toMatchObject({ ok: true });
});
