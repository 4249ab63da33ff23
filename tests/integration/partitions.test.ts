import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { maintainPartitions } from '../../functions/partitions/maintain-partitions.ts';
import { whileHolding } from '../support/locks.ts';
import { createTestDatabase, withClient } from '../support/postgres.ts';
import { alert, newInstrument, newRule, standing, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
});
afterAll(() => service.stop());

interface Partition {
  name: string;
  starts: string;
  ends: string;
}

const PARTITIONS = `
  select name, to_char(starts, 'YYYY-MM-DD"T"HH24:MI:SSOF') as starts, to_char(ends, 'YYYY-MM-DD"T"HH24:MI:SSOF') as ends
    from tick_store.partitions where parent = $1 and name like $2 order by starts`;
const partitions = (parent: string, like = '%') => service.sql<Partition>(PARTITIONS, [parent, like]);
/** Creates partitions as the application, through the pooler; returns the names of those created. */
const ensure = (parent: string | null, ...moments: (string | null)[]) =>
  withClient(service.database.appUrl, async (client) => {
    const text = 'select tick_store.ensure_partitions($1, $2) as made';
    const { rows } = await client.query<{ made: string[] }>(text, [parent, moments]);
    return rows[0]?.made;
  });

test('ticks have one partition per month and alert logs one per quarter, ahead of time, in UTC', async () => {
  const fresh = await createTestDatabase(inject('postgres'));
  onTestFinished(() => fresh.drop());
  const ofFresh = (parent: string) =>
    withClient(fresh.ownerUrl, async (client) => (await client.query<Partition>(PARTITIONS, [parent, '%'])).rows);
  const [months, quarters] = [await ofFresh('market_data'), await ofFresh('alert_logs')];
  expect([months.length, quarters.length]).toEqual([3, 2]);
  for (const { name, starts, ends } of months) {
    expect(name).toBe(`market_data_${starts.slice(0, 7).replace('-', '_')}`);
    expect([starts.slice(7), ends.slice(7)]).toEqual(['-01T00:00:00+00', '-01T00:00:00+00']);
  }
  for (const { name, starts } of quarters)
    expect(name).toBe(`alert_logs_${starts.slice(0, 4)}_q${Math.ceil(Number(starts.slice(5, 7)) / 3)}`);
  for (const list of [months, quarters])
    for (const [index, partition] of list.slice(1).entries()) expect(partition.starts).toBe(list[index]?.ends);
});

test.each([
  ['market_data', '1970-01-01T00:00:00Z', 'market_data_1970_01', '1970-01-01T00:00:00+00', '1970-02-01T00:00:00+00'],
  [
    'market_data',
    '2000-02-29T23:59:59.999999Z',
    'market_data_2000_02',
    '2000-02-01T00:00:00+00',
    '2000-03-01T00:00:00+00',
  ],
  [
    'market_data',
    '1999-12-31T23:30:00-01:00',
    'market_data_2000_01',
    '2000-01-01T00:00:00+00',
    '2000-02-01T00:00:00+00',
  ],
  ['alert_logs', '1987-10-19T00:00:00Z', 'alert_logs_1987_q4', '1987-10-01T00:00:00+00', '1988-01-01T00:00:00+00'],
  ['alert_logs', '2001-01-01T00:30:00+01:00', 'alert_logs_2000_q4', '2000-10-01T00:00:00+00', '2001-01-01T00:00:00+00'],
])('%s of %s are in %s', async (parent, moment, name, starts, ends) => {
  expect([await ensure(parent, moment), await ensure(parent, moment)]).toEqual([[name], []]);
  expect(await partitions(parent, name)).toEqual([{ name, starts, ends }]);
});

test.each([
  ['operations', '2026-01-01T00:00:00Z'],
  ['market_data; drop table tick_store.operations', '2026-01-01T00:00:00Z'],
  ['market_data_2026_11', '2026-01-01T00:00:00Z'],
  [null, '2026-01-01T00:00:00Z'],
  ['market_data', null],
  ['market_data', '1969-12-31T23:59:59.999999Z'],
  ['market_data', '2100-01-01T00:00:00Z'],
  ['market_data', 'infinity'],
  ['market_data', '-infinity'],
])('no partition of %s is created for %s', async (parent, moment) => {
  await expect(ensure(parent, moment)).rejects.toMatchObject({ code: '22023' });
});

test('a back-fill creates the partitions it needs, and its rows can be read, deleted and found by id', async () => {
  const symbol = await newInstrument(service);
  const timestamps = [
    '1970-02-01T00:00:00Z',
    '1986-04-30T23:59:59.999999Z',
    '1986-05-01T00:00:00Z',
    '2011-11-11T11:11:11Z',
  ];
  const ids = await store(
    service,
    timestamps.map((timestamp) => tick({ symbol, timestamp })),
  );
  const stored = await service.sql<{ relation: string }>(
    `select tableoid::regclass::text as relation from tick_store.market_data where instrument_id = (select id from tick_store.instruments where symbol = $1) order by timestamp`,
    [symbol],
  );
  expect(stored.map((row) => row.relation)).toEqual(
    ['1970_02', '1986_04', '1986_05', '2011_11'].map((month) => `tick_store.market_data_${month}`),
  );
  expect((await standing(service, symbol)).length).toBe(ids.length);
  expect((await service.get(`/v1/market-data/${ids[1]}`)).body.timestamp).toBe(timestamps[1]);
});

test('concurrent back-fills of different months all find their partition, and none is created twice', async () => {
  const symbol = await newInstrument(service);
  const months = Array.from({ length: 10 }, (_, month) => `1975-${String(month + 1).padStart(2, '0')}-15T00:00:00Z`);
  const backfill = async (timestamp: string) => {
    for (let tries = 1; ; tries++) {
      const records = [tick({ symbol, timestamp })];
      const { status, body } = await service.post('/v1/market-data', { records });
      // partitions are created one after the other, and on a busy machine the last may wait too long: nothing was written
      if (body.code === 'database_busy' && tries < 5) continue;
      expect([status, body.inserted]).toEqual([200, 1]);
      return;
    }
  };
  await Promise.all([...months, ...months].map(backfill));
  expect(await standing(service, symbol)).toHaveLength(20);
  expect(await partitions('market_data', 'market\\_data\\_1975%')).toHaveLength(10);
  expect(await service.sql('select deadlocks::int from pg_stat_database where datname = current_database()')).toEqual([
    { deadlocks: 0 },
  ]);
});

test('partitions that are requested concurrently are each created once, without a deadlock', async () => {
  const moments = Array.from({ length: 12 }, (_, month) => `1976-${String(month + 1).padStart(2, '0')}-01T00:00:00Z`);
  const made = await Promise.all([...moments, ...moments].map((moment) => ensure('market_data', moment)));
  expect(made.flat()).toHaveLength(12);
  expect(await partitions('market_data', 'market\\_data\\_1976%')).toHaveLength(12);
  const quarters = await Promise.all([1, 2, 3, 4, 5, 6].map(() => ensure('alert_logs', '1976-01-01T00:00:00Z')));
  expect(quarters.flat()).toEqual(['alert_logs_1976_q1']);
  const counted = 'select deadlocks::int from pg_stat_database where datname = current_database()';
  expect(await service.sql(counted)).toEqual([{ deadlocks: 0 }]);
});

test('a batch over many missing months creates all of them in one call', async () => {
  const symbol = await newInstrument(service);
  const months = Array.from({ length: 24 }, (_, month) => new Date(Date.UTC(1961 + 20, month, 15)).toISOString());
  await store(
    service,
    months.map((timestamp) => tick({ symbol, timestamp })),
  );
  for (const year of [1981, 1982]) expect(await partitions('market_data', `market\\_data\\_${year}%`)).toHaveLength(12);
});

test('while a backup reads the tables, partitions are created without waiting', async () => {
  const symbol = await newInstrument(service);
  const ruleId = await newRule(service, symbol);
  const timestamp = '1991-06-15T12:00:00.000001Z';
  const tables = 'tick_store.market_data, tick_store.alert_logs, tick_store.instruments';
  await whileHolding(service, `lock table ${tables} in access share mode`, async () => {
    // a request that waited for this lock, which is held until both are stored, would fail at its deadline
    await store(service, [tick({ symbol, timestamp, sequence: 1 })]);
    await store(service, [alert(ruleId, { symbol, timestamp })], 'alert-logs');
  });
  expect(await partitions('market_data', 'market\\_data\\_1991\\_06')).toHaveLength(1);
});

test('if a partition cannot be created, the batch gets a 503, nothing is written, and a retry stores it', async () => {
  const symbol = await newInstrument(service);
  const records = [tick({ symbol, timestamp: '1992-06-15T12:00:00Z', sequence: 1 })];
  const headers = { 'idempotency-key': `months ${symbol}`.replace(' ', '-') };
  await whileHolding(service, 'lock table tick_store.market_data in share update exclusive mode', async () => {
    const refused = await service.post('/v1/market-data', { records }, { headers });
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      503,
      'database_busy',
      expect.stringMatching(/^\d+$/),
    ]);
  });
  expect(await standing(service, symbol)).toEqual([]);
  const stored = await service.post('/v1/market-data', { records }, { headers });
  expect(stored.body).toMatchObject({ inserted: 1 });
});

describe('the maintenance', () => {
  const at = async (now: string) => {
    const database = new PostgresDatabase({
      url: service.database.appUrl,
      applicationName: 'test',
      acquireTimeoutMs: 5_000,
      queryTimeoutMs: 22_000,
      recycleSeconds: 60,
      onIdleError: () => undefined,
    });
    try {
      return await maintainPartitions(database, new Date(now), { deadline: Date.now() + 20_000, idempotent: true });
    } finally {
      await database.close();
    }
  };

  test('on 31 January creates January, February and March, and two quarters', async () => {
    expect(await at('2002-01-31T23:59:59.999Z')).toEqual([
      'market_data_2002_01',
      'market_data_2002_02',
      'market_data_2002_03',
      'alert_logs_2002_q1',
      'alert_logs_2002_q2',
    ]);
    expect(await at('2002-01-31T23:59:59.999Z')).toEqual([]);
  });

  test('works across the end of a year', async () => {
    expect(await at('2003-12-31T00:00:00Z')).toEqual([
      'market_data_2003_12',
      'market_data_2004_01',
      'market_data_2004_02',
      'alert_logs_2003_q4',
      'alert_logs_2004_q1',
    ]);
  });
});
