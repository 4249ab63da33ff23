import { afterAll, beforeAll, expect, test } from 'vitest';
import { ageRows } from '../support/age-rows.ts';
import { documented, maintain, newMonth } from '../support/archive.ts';
import { newInstrument, remove, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** What an operator lets go takes with it what was kept because of its rows: roll-ups at once, the ledger's rows after their keys. */

let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { KEEP_TICK_MONTHS: '24', KEEP_KEY_DAYS: '90' } });
  // by default the store keeps no bars for days with few rows
  await service.sql(`create or replace function tick_store.least_weight() returns real language sql immutable
    set search_path = pg_catalog, tick_store, pg_temp as 'select 0'`);
});
afterAll(() => service.stop());

/** Refreshes as the schedule does some minutes after the rows have arrived. */
const refresh = () =>
  service.sql(
    `select tick_store.refresh_counts(null, interval '0', 500, 1e6::real), tick_store.refresh_due_bars(interval '0', interval '5 s')`,
  );

const letGo = (partition: string) => service.sql(documented('let-go').replace('market_data_2024_01', partition));

async function shown(symbol: string): Promise<{ coverage: unknown[]; bars: unknown[] }> {
  const read = async (path: string, query: Record<string, string>) =>
    (await service.get(`/v1/market-data/${path}`, { query: { symbol, ...query } })).body.data;
  return { coverage: await read('coverage', {}), bars: await read('bars', { interval: '1d' }) };
}

const kept = async (symbol: string) =>
  (
    await service.sql<{ days: number; counts: number; bars: number }>(
      `select (select count(*) from tick_store.rollup_days d where d.instrument_id = i.id)::int as days,
              (select count(*) from tick_store.day_counts c where c.instrument_id = i.id)::int as counts,
              (select count(*) from tick_store.day_bars b where b.instrument_id = i.id)::int as bars
         from tick_store.instruments i where i.symbol = $1`,
      [symbol],
    )
  )[0];

const batchOf = (id: number | undefined) => Math.floor(Number(id) / 65_536);
const statusOf = async (id: number | undefined) => (await service.get(`/v1/market-data/batches/${batchOf(id)}`)).status;

test.each([
  ['by the documented statement, at once', letGo],
  [
    'by dropping its table, in the next night',
    async (partition: string) => {
      await service.sql(`drop table tick_store_archive.${partition}`);
      await maintain(service);
    },
  ],
])('after a month was let go %s, coverage and bars show nothing, and no data of its days is kept', async (_how, go) => {
  const symbol = await newInstrument(service);
  const { timestamp, partition } = newMonth();
  await store(service, [tick({ symbol, timestamp, price: 7 })]);
  await refresh();
  expect(await shown(symbol)).toMatchObject({ coverage: [{ rows: 1 }], bars: [{ open: 7 }] });
  expect(await kept(symbol)).toMatchObject({ days: 1, counts: 1, bars: 5 });
  await maintain(service);
  expect(await shown(symbol)).toEqual({ coverage: [], bars: [] });
  await go(partition);
  expect(await shown(symbol)).toEqual({ coverage: [], bars: [] });
  expect(await kept(symbol)).toEqual({ days: 0, counts: 0, bars: 0 });
  // the month can then be filled again
  await store(service, [tick({ symbol, timestamp, price: 8 })]);
  await refresh();
  expect(await shown(symbol)).toMatchObject({ coverage: [{ rows: 1 }], bars: [{ open: 8 }] });
  await maintain(service);
});

test('a ledger row is removed after its key and its rows: until then its receipt can be read, and deletions stay on record', async () => {
  const symbol = await newInstrument(service);
  const [gone, archived] = [newMonth(), newMonth()];
  const [only] = await store(service, [tick({ symbol, timestamp: gone.timestamp })]);
  const [both] = await store(
    service,
    [gone, archived].map(({ timestamp }) => tick({ symbol, timestamp })),
  );
  const [recent] = await store(service, [tick({ symbol })]);
  const deletion = await remove(service, { ids: [only] });
  const statuses = () => Promise.all([only, both, recent].map(statusOf));
  await maintain(service);
  await letGo(gone.partition);
  await maintain(service);
  expect(await statuses()).toEqual([200, 200, 200]);

  await ageRows(service.database.superuserUrl, '91 days');
  expect(await maintain(service)).toMatchObject({ expired: { gone: 1 } });
  expect(await statuses()).toEqual([404, 200, 200]);
  const operation = await service.get(`/v1/market-data/operations/${deletion.body.operationId}`);
  expect(operation.body).toMatchObject({ affected: 1, ids: { affected: [[only, only]] } });
  expect((await service.get(`/v1/market-data/${recent}`)).status).toBe(200);
  const asOf = await service.get('/v1/market-data', {
    query: { symbol, start: '2026-01-01', asOf: `batch:${batchOf(only)}` },
  });
  expect([asOf.status, asOf.body.code]).toEqual([404, 'batch_not_found']);

  await letGo(archived.partition);
  expect(await maintain(service)).toMatchObject({ expired: { gone: 1 } });
  expect(await statuses()).toEqual([404, 404, 200]);
});

test('only the owner can let a month go, and only an archived one, and no ledger row is removed while a partition has its rows', async () => {
  const symbol = await newInstrument(service);
  const { timestamp, partition } = newMonth();
  const [id] = await store(service, [tick({ symbol, timestamp })]);
  await ageRows(service.database.superuserUrl, '91 days');
  await expect(letGo(partition)).rejects.toMatchObject({ code: '22023' });
  await expect(letGo('market_data_2024_01; drop table x')).rejects.toMatchObject({ code: '22023' });
  expect(await maintain(service)).toMatchObject({ archived: [partition], expired: { gone: 0 } });
  await expect(
    service.sql('delete from tick_store.ingest_batches where block = $1', [batchOf(id)]),
  ).rejects.toMatchObject({ code: '23001' });
  const [app] = await service.sql<{ may: boolean }>(
    `select has_function_privilege('tick_store_app', 'tick_store.let_go(text)', 'execute') as may`,
  );
  expect(app).toEqual({ may: false });
});
