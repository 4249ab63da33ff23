import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findAlertLog, latestAlertLogs } from '../../functions/alert-logs/sql/select-alert-logs.ts';
import type { Statement } from '../../functions/database/database.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { findTick, latestTicks, listTicks } from '../../functions/market-data/sql/select-ticks.ts';
import { changeRows } from '../../functions/operations/sql/apply-operation.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';

const MONTHS = 36;
const BLOCK = 7;

let testDatabase: TestDatabase;
let database: PostgresDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('postgres'));
  await withClient(testDatabase.superuserUrl, async (client) => {
    await client.query(`select tick_store.ensure_partitions(parent, array(
        select timestamptz '2021-01-15' + make_interval(months => m) from generate_series(0, ${MONTHS - 1}) m))
      from unnest(array['market_data', 'alert_logs']) parent`);
    await client.query(
      `insert into tick_store.instruments (symbol, name, type) values ('ES', 'x', 'future'), ('NONE', 'x', 'future')`,
    );
    await client.query(`insert into tick_store.ingest_batches (block, target, actor, idempotency_key,
        received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
      select ${BLOCK} + i, (array['market_data', 'alert_logs'])[i + 1], 'x', 'x' || i,
        1000, 1000, 0, '2022-05-01', '2022-05-20', '', '{}', '{}' from generate_series(0, 1) i`);
    await client.query(`insert into tick_store.market_data (id, "timestamp", instrument_id, price)
      select ${BLOCK} * 65536 + i, timestamptz '2022-05-01' + i * interval '20 minutes', 1, i from generate_series(0, 999) i`);
    await client.query('analyze tick_store.market_data');
  });
  database = new PostgresDatabase({
    url: testDatabase.appUrl,
    applicationName: 'pruning-test',
    acquireTimeoutMs: 5_000,
    queryTimeoutMs: 20_000,
    recycleSeconds: 3600,
    onIdleError: () => undefined,
  });
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

const options = () => ({ deadline: Date.now() + 20_000, idempotent: true });

async function planOf({ name, text, values }: Statement, how = 'costs off'): Promise<string> {
  const rows = await database.run<{ 'QUERY PLAN': string }>(
    { name, text: `explain (${how}) ${text}`, values },
    options(),
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const partitionsIn = (plan: string): string[] =>
  [...new Set(plan.match(/(market_data|alert_logs)_(\d{4}_\w\d|default)(?=[ \n])/g))].sort();

describe('a statement with a time plans only for its partitions', () => {
  test('a tick by its id, through the ledger', async () => {
    const id = BLOCK * 65536 + 500;
    expect(await database.run(findTick(id, false), options())).toMatchObject([{ id, price: 500 }]);
    expect(partitionsIn(await planOf(findTick(id, false)))).toEqual(['market_data_2022_05']);
    expect(partitionsIn(await planOf(findAlertLog((BLOCK + 1) * 65536, false)))).toEqual(['alert_logs_2022_q2']);
  });

  test('an id without a batch, for none', async () => {
    expect(await database.run(findTick(99 * 65536, false), options())).toEqual([]);
    expect(partitionsIn(await planOf(findTick(99 * 65536, false)))).toEqual([]);
  });

  test('a range', async () => {
    const query = {
      instrumentId: 1,
      barLength: 0,
      order: 'desc' as const,
      after: null,
      includeDeleted: false,
      limit: 100,
    };
    const plan = await planOf(listTicks({ ...query, start: '2022-05-03T00:00:00Z', end: '2022-06-04T00:00:00Z' }));
    expect(partitionsIn(plan)).toEqual(['market_data_2022_05', 'market_data_2022_06']);
  });

  test.each([
    ['ids', { by: 'ids', ids: [BLOCK * 65536, BLOCK * 65536 + 1], among: '' }],
    ['a range', { by: 'range', first: BLOCK * 65536, last: BLOCK * 65536 + 1, among: '' }],
    ['a batch', { by: 'batch', batchId: BLOCK }],
  ] as const)('a deletion by %s', async (_, selector) => {
    const operation = { keyScope: 'x', idempotencyKey: 'x' };
    const plan = await planOf(changeRows('delete', 'market_data', selector, operation, 0, 1000));
    expect(partitionsIn(plan)).toEqual(['market_data_2022_05']);
  });
});

test('latest reads the index that starts with the instrument, newest partition first, and stops at the newest row', async () => {
  const latest = latestTicks([], ['ES', 'NONE'], false);
  expect(await database.run(latest, options())).toMatchObject([{ symbol: 'ES', price: 999 }]);
  const plan = await planOf(latest, 'analyze, timing off, summary off');
  expect(plan).toContain('market_data_2022_05_instrument_id_timestamp_sequence_occurr');
  expect(plan).not.toContain('Seq Scan on market_data_2022_05');
  // only the instrument without ticks needs partitions before May 2022
  expect(plan).toMatch(/market_data_2021_12 .*loops=1\)/);
  expect(await planOf(latestAlertLogs([1, 2], [], false))).not.toMatch(
    /_timestamp_instrument_id_idx|_\d_timestamp_idx/,
  );
});
