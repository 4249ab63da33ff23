import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newInstrument, remove, restore } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** Simulates a backup by `pg_dump`: one snapshot, and a lock on every table until all of them are read. */

let service: TestService;
let backup: pg.Client;
beforeAll(async () => {
  service = await startService({ concurrency: 4 });
  backup = new pg.Client({ connectionString: service.database.superuserUrl });
  await backup.connect();
});
afterAll(async () => {
  await backup.end();
  await service.stop();
});

const TABLES = `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'tick_store' and c.relkind in ('r', 'p')`;

test('back-fills of 24 new months, reads, deletions and maintenance do not wait for a backup', async () => {
  const symbol = await newInstrument(service);
  await backup.query('begin isolation level repeatable read, read only');
  for (const { name } of (await backup.query<{ name: string }>(TABLES)).rows)
    await backup.query(`lock table ${name} in access share mode`);
  const [{ pid } = { pid: 0 }] = (await backup.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;

  let running = true;
  const blocked: unknown[] = [];
  const watch = async () => {
    while (running)
      blocked.push(
        ...(await service.sql(
          'select left(query, 100) as query from pg_stat_activity where $1 = any(pg_blocking_pids(pid))',
          [pid],
        )),
      );
  };
  const feed = async (nth: number) => {
    for (let month = 0; month < 6; month++) {
      const timestamp = new Date(Date.UTC(1985 + nth, month * 2, 9)).toISOString();
      const stored = await service.post('/v1/market-data', { records: [tick({ symbol, timestamp, sequence: month })] });
      expect([stored.status, stored.body.inserted], service.logs.slice(-12).join('\n')).toEqual([200, 1]);
      expect((await service.get('/v1/market-data', { query: { symbol } })).status).toBe(200);
      expect((await remove(service, { batchId: stored.body.batchId })).status).toBe(200);
      expect((await restore(service, { batchId: stored.body.batchId })).status).toBe(200);
    }
  };
  const watching = watch();
  try {
    await Promise.all([0, 1, 2, 3].map(feed));
    expect((await service.environments.invoke('maintain-partitions', {})).ok).toBe(true);
  } finally {
    running = false;
    await watching;
  }
  expect(blocked).toEqual([]);
  // the backup sees the data as of its start, and the service sees all of it
  expect((await backup.query('select from tick_store.market_data')).rowCount).toBe(0);
  await backup.query('commit');
  expect(await service.sql('select from tick_store.market_data')).toHaveLength(24);
  const made = await service.sql(`select from tick_store.partitions where name like 'market\\_data\\_198%'`);
  expect(made).toHaveLength(24);
});
