import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waiting } from '../support/locks.ts';
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

test('an ingest waits for a partition that is being created, and is stored there', async () => {
  await owner.query(`begin; select tick_store.ensure_partitions('market_data', array[timestamptz '1981-03-01'])`);
  const asked = ingest('1981-03-05T00:00:00Z');
  await waiting(service, 1);
  await owner.query('commit');
  expect((await asked).status).toBe(200);
  expect(await service.sql('select from tick_store.market_data_1981_03')).toHaveLength(1);
});

test('reads and ingests of other months continue while a partition is created', async () => {
  await owner.query(`begin; select tick_store.ensure_partitions('market_data', array[timestamptz '1982-03-01'])`);
  const now = new Date().toISOString();
  expect((await ingest(now)).status).toBe(200);
  const read = await service.get('/v1/market-data', { query: { symbol: 'ES', limit: 1 } });
  expect([read.status, read.body.data.length]).toEqual([200, 1]);
  await owner.query('commit');
});
