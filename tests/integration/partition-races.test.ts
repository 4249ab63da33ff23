import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
let owner: pg.Client;
beforeAll(async () => {
  service = await startService();
  owner = new pg.Client({ connectionString: service.database.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await service.stop();
});

const ingest = (timestamp: string) => service.post('/v1/market-data', { records: [tick({ timestamp })] });

/** Until somebody waits for a lock that the owner's open transaction holds. */
const somebodyWaits = () =>
  vi.waitUntil(
    async () =>
      (
        await service.sql(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).length > 0,
    { timeout: 10_000, interval: 20 },
  );

test('a read and a deletion that wait while rows move out of the default partition see those rows', async () => {
  await owner.query('begin; lock table tick_store.market_data_default in access share mode');
  expect((await ingest('1980-02-01T00:00:00Z')).status).toBe(200);
  await owner.query('commit');
  expect(await service.sql('select from tick_store.market_data_default')).toHaveLength(1);

  await owner.query(`begin; select tick_store.ensure_partition('market_data', '1980-02-01')`);
  const read = service.get('/v1/market-data', { query: { symbol: 'ES', start: '1980-01-01', end: '1980-12-31' } });
  const filter = { symbol: 'ES', start: '1980-01-01', end: '1980-12-31' };
  const deleted = service.post('/v1/market-data/deletions', { filter, reason: 'test' });
  await somebodyWaits();
  await owner.query('commit');
  expect((await deleted).body).toMatchObject({ affected: 1 });
  expect((await read).status).toBe(200);
  expect(await service.sql('select from tick_store.market_data_1980_02')).toHaveLength(1);
});

test('an ingest that meets a partition being attached goes in', async () => {
  await owner.query(`begin; select tick_store.ensure_partition('market_data', '1981-03-01')`);
  const warned = () => service.logs.filter((line) => line.includes('default partition')).length;
  const before = warned();
  const asked = ingest('1981-03-05T00:00:00Z');
  await somebodyWaits();
  // longer than ensure_partition waits, so that the rows have gone for the default partition
  await vi.waitUntil(() => warned() > before, {
    timeout: 10_000,
    interval: 50,
  });
  await somebodyWaits();
  await owner.query('commit');
  expect((await asked).status).toBe(200);
  expect(await service.sql('select from tick_store.market_data_1981_03')).toHaveLength(1);
});
