import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertBatch } from '../../functions/ledger/sql/batch-ledger.ts';
import { withClient } from '../support/postgres.ts';
import { alert, newInstrument, newRule, newSeries, remove, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** The SQLSTATE with which a statement of the application's role is refused, through the pooler. */
const refusedAsApp = (text: string, values: unknown[] = []) =>
  withClient(service.database.appUrl, (client) => sqlState(client, text, values));
const refusedAsOwner = (text: string, values: unknown[] = []) =>
  withClient(service.database.ownerUrl, (client) => sqlState(client, text, values));

async function sqlState(client: pg.Client, text: string, values: unknown[]): Promise<string | undefined> {
  try {
    await client.query(text, values);
    return undefined;
  } catch (error) {
    return (error as pg.DatabaseError).code;
  }
}

const PERMISSION_DENIED = '42501';

test('each index exists on the parent and so on every partition, and is valid', async () => {
  const rows = await service.sql<{ tablename: string; indexname: string }>(
    `select tablename, indexname from pg_indexes where schemaname = 'tick_store' and tablename in ('market_data', 'alert_logs') order by 2`,
  );
  const names = (table: string) => rows.filter((row) => row.tablename === table).map((row) => row.indexname);
  expect(names('market_data')).toEqual([
    'ix_market_data_deleted',
    'ix_market_data_id',
    'ix_market_data_timestamp',
    'ux_market_data_bar',
    'ux_market_data_live_bar',
    'ux_market_data_live_tick',
    'ux_market_data_tick',
  ]);
  // the seed's four
  expect(names('alert_logs')).toEqual(
    expect.arrayContaining([
      'ix_alert_logs_timestamp',
      'ix_alert_logs_rule_timestamp',
      'ix_alert_logs_timestamp_instrument',
      'ix_alert_logs_status',
    ]),
  );
  const [invalid] = await service.sql('select count(*)::int from pg_index where not indisvalid');
  expect(invalid).toEqual({ count: 0 });
  const partitions = await service.sql<{ indexes: number }>(
    `select count(*)::int as indexes from pg_index x join tick_store.partitions p on p.relation = x.indrelid
      where p.parent = 'market_data' group by p.name`,
  );
  for (const { indexes } of partitions) expect(indexes).toBe(7);
});

describe('the application’s role', () => {
  test.each([
    'delete from tick_store.market_data',
    'delete from tick_store.alert_logs',
    'delete from tick_store.instruments',
    'delete from tick_store.alert_rules',
    'delete from tick_store.operations',
    'delete from tick_store.operation_rows',
    'delete from tick_store.ingest_batches',
    'truncate tick_store.market_data',
    'truncate tick_store.instruments cascade',
    'drop table tick_store.market_data',
    'drop schema tick_store cascade',
    'create table tick_store.mine (x int)',
    'create schema mine',
    'create function tick_store.f() returns int language sql as $$ select 1 $$',
    'alter table tick_store.market_data add column x int',
    'alter table tick_store.market_data disable trigger all',
    'create index on tick_store.market_data (price)',
    'update tick_store.market_data set price = 1',
    'update tick_store.market_data set instrument_id = 1',
    'update tick_store.market_data set "timestamp" = now()',
    'update tick_store.alert_logs set alert_message = null',
    'update tick_store.instruments set id = default',
    'update tick_store.instruments set symbol = symbol',
    'update tick_store.alert_rules set id = default',
    'update tick_store.ingest_batches set actor = null',
    'update tick_store.operations set reason = null',
    'update tick_store.operation_rows set affected = null',
    'select from tick_store.market_data_2026_11',
    `insert into tick_store.market_data_2026_11 (id, "timestamp", instrument_id) values (1, now(), 1)`,
    'delete from tick_store.idempotency_keys',
    `update tick_store.idempotency_keys set key = 'another'`,
    'delete from tick_store.operation_plans',
    'update tick_store.market_data set revision = 1',
    'create temporary table mine (x int)',
    'create temporary view pg_class as select 1',
    `select setval('tick_store.history_number', 1)`,
    'select * from tick_store.migrations',
    'set role tick_store_owner',
    'copy tick_store.market_data to program $$cat$$',
  ])('may not: %s', async (statement) => {
    expect(await refusedAsApp(statement)).toBe(PERMISSION_DENIED);
  });

  test('cannot change or extend a batch or an operation of another transaction', async () => {
    const { ids } = await newSeries(service, 1);
    const { body } = await remove(service, { ids });
    const block = Math.floor((ids[0] as number) / 65_536);
    expect(await refusedAsApp(`update tick_store.ingest_batches set receipt = '' where block = $1`, [block])).toBe(
      '23001',
    );
    expect(await refusedAsApp('update tick_store.operations set affected = 0 where id = $1', [body.operationId])).toBe(
      '23001',
    );
    expect(
      await refusedAsOwner('update tick_store.operations set reason = $$x$$ where id = $1', [body.operationId]),
    ).toBe('23001');
    const added = `insert into tick_store.operation_rows (operation_id, step, found, affected) values ($1, 99, '{[1,9]}', '{[1,9]}')`;
    expect(await refusedAsApp(added, [body.operationId])).toBe('23001');
  });

  test('has its timeouts and time zone in force through the pooler', async () => {
    const shown = await withClient(service.database.appUrl, async (client) => {
      const names = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'TimeZone'];
      const values = [];
      for (const name of names)
        values.push((await client.query(`select current_setting('${name}') as value`)).rows[0].value);
      return values;
    });
    expect(shown).toEqual(['5s', '20s', '10s', 'UTC']);
  });

  test('is not a superuser, owns nothing and can create no role or database', async () => {
    const [role] = await service.sql(
      `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
              (select count(*)::int from pg_class where relowner = r.oid) as owned
         from pg_roles r where rolname = 'tick_store_app'`,
    );
    expect(role).toEqual({
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      owned: 0,
    });
  });
});

describe('integrity, also against the owner', () => {
  beforeAll(async () => {
    // one row in every table: a delete from an empty table would not be refused
    const { ids } = await newSeries(service, 1);
    await remove(service, { ids }, { headers: { 'Idempotency-Key': 'integrity-deletion' } });
    const ruleId = await newRule(service, await newInstrument(service));
    await service.post('/v1/alert-logs', { records: [alert(ruleId)] }, { headers: { 'Idempotency-Key': 'integrity' } });
  });

  const idOf = async (symbol: string) =>
    (await service.sql<{ id: number }>('select id from tick_store.instruments where symbol = $1', [symbol]))[0]?.id;

  test('nothing cascades: an instrument with ticks, alerts or rules cannot be removed, one without can', async () => {
    const { symbol: withTicks } = await newSeries(service, 1);
    const withRule = await newInstrument(service);
    const ruleId = await newRule(service, withRule);
    await store(service, [alert(ruleId)], 'alert-logs');
    for (const symbol of [withTicks, withRule, 'ES'])
      expect([symbol, await refusedAsOwner('delete from tick_store.instruments where symbol = $1', [symbol])]).toEqual([
        symbol,
        expect.stringMatching(/^23503$|^23001$/),
      ]);
    expect(await refusedAsOwner('delete from tick_store.alert_rules where id = $1', [ruleId])).toMatch(
      /^23503$|^23001$/,
    );
    const unused = await newInstrument(service);
    expect(await refusedAsOwner('delete from tick_store.instruments where symbol = $1', [unused])).toBeUndefined();
    const [cascades] = await service.sql(
      `select count(*)::int from pg_constraint where contype = 'f' and confdeltype not in ('a', 'r')`,
    );
    expect(cascades).toEqual({ count: 0 });
  });

  test('an instrument whose ticks are soft-deleted, or in any partition, cannot be removed', async () => {
    const symbol = await newInstrument(service);
    const ids = await store(service, [tick({ symbol, timestamp: '1990-05-05T00:00:00Z' })]);
    await remove(service, { ids });
    expect(await refusedAsOwner('delete from tick_store.instruments where symbol = $1', [symbol])).toBe('23503');
  });

  /** What a batch's first statement does: it takes the key and writes the ledger's row, if its instruments are there. */
  const takeBatch = (instrument: number | undefined, key: string) => {
    const { text, values } = insertBatch({
      ...{ target: 'market_data', actor: 'a', keyScope: 'a', idempotencyKey: key, payloadHash: new Uint8Array() },
      ...{ invocationId: randomUUID(), received: 1, accepted: 1, rejected: 0, barLength: 0, receipt: '' },
      ...{ minTime: '2026-11-02T00:00:00Z', maxTime: '2026-11-02T00:00:00Z' },
      touched: { instruments: Int32Array.of(Number(instrument)), days: Int32Array.of(20_000) },
    });
    const plain = values.map((value) =>
      typeof value === 'object' && value !== null && 'element' in value ? [...(value.values as Int32Array)] : value,
    );
    return { text, values: plain };
  };

  test('a deletion of an instrument waits for a running batch, and is then refused', async () => {
    const symbol = await newInstrument(service);
    const instrument = await idOf(symbol);
    const outcome = await withClient(service.database.ownerUrl, async (ingest) => {
      await ingest.query('begin');
      expect((await ingest.query(takeBatch(instrument, 'before'))).rowCount).toBe(1);
      const deletion = refusedAsOwner('delete from tick_store.instruments where id = $1', [instrument]);
      await waiting();
      await ingest.query(
        `insert into tick_store.market_data (id, "timestamp", instrument_id) values (7, '2026-11-02', $1)`,
        [instrument],
      );
      await ingest.query('commit');
      return deletion;
    });
    expect([outcome, await idOf(symbol)]).toEqual(['23503', instrument]);
  });

  test('a batch waits for a running deletion of its instrument, and then takes neither key nor number', async () => {
    const symbol = await newInstrument(service);
    const instrument = await idOf(symbol);
    const taken = await withClient(service.database.ownerUrl, async (deletion) => {
      await deletion.query('begin');
      await deletion.query('delete from tick_store.instruments where id = $1', [instrument]);
      const ingest = withClient(service.database.ownerUrl, (client) => client.query(takeBatch(instrument, 'after')));
      await waiting();
      await deletion.query('commit');
      return ingest;
    });
    expect(taken.rowCount).toBe(0);
    expect(await service.sql(`select from tick_store.idempotency_keys where key = 'after'`)).toEqual([]);
  });

  /** Waits until a session of this database waits for a lock. */
  async function waiting(): Promise<void> {
    await expect
      .poll(
        () =>
          service.sql(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
        { timeout: 4_000, interval: 10 },
      )
      .toHaveLength(1);
  }

  test.each([
    'truncate tick_store.instruments',
    'truncate tick_store.instruments cascade',
    'truncate tick_store.instruments, tick_store.alert_rules, tick_store.alert_logs, tick_store.market_data',
    ...['market_data', 'alert_logs', 'operations', 'operation_rows', 'operation_plans'].flatMap((table) => [
      `truncate tick_store.${table} cascade`,
      `delete from tick_store.${table}`,
    ]),
    'truncate tick_store.ingest_batches cascade',
    'delete from tick_store.ingest_batches',
    'truncate tick_store.idempotency_keys cascade',
    'delete from tick_store.idempotency_keys',
  ])('refused: %s', async (statement) => {
    expect(await refusedAsOwner(statement)).toMatch(/^23001$|^0A000$/);
  });

  test('sequences are unique, and only an operation deletes', async () => {
    const symbol = await newInstrument(service);
    const [id] = await store(service, [tick({ symbol, sequence: 5, timestamp: '2026-11-02T00:00:00Z' })]);
    const insert = `insert into tick_store.market_data (id, "timestamp", instrument_id, sequence) values (9, '2026-11-02T00:00:00Z', $1, 5)`;
    expect(await refusedAsApp(insert, [await idOf(symbol)])).toBe('23505');
    expect(await refusedAsApp(`update tick_store.market_data set deleted_at = now() where id = $1`, [id])).toBe(
      '23514',
    );
    expect(await refusedAsApp(`update tick_store.market_data set deleted_by = 1 where id = $1`, [id])).toBe('23514');
  });

  test('ids of batches never overlap, even concurrently and after failures', async () => {
    const records = ticks(3);
    await Promise.all(
      [1, 2, 3].map(() => service.post('/v1/market-data', { records: [...records, { ...tick(), sequence: 1 }] })),
    );
    const [{ overlap } = { overlap: -1 }] = await service.sql<{ overlap: number }>(
      'select count(*)::int - count(distinct id)::int as overlap from tick_store.market_data where id >= 65536',
    );
    expect(overlap).toBe(0);
  });
});
