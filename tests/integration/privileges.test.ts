import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/**
 * The application's role against the owner: what a compromised function could try, through PgBouncer. The owner's functions run
 * with the owner's rights, so no object that the application creates may change the meaning of their text.
 */

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.post('/v1/market-data', { records: [tick()] });
});
afterAll(() => service.stop());

/** Runs statements in one transaction as the application; returns the SQLSTATE of the first that fails. */
async function asApplication(...statements: string[]): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: service.database.appUrl });
  await client.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    return undefined;
  } catch (error) {
    return (error as pg.DatabaseError).code;
  } finally {
    await client.query('rollback').catch(() => undefined);
    await client.end();
  }
}

const MISSING_MONTH = `select tick_store.ensure_partitions('market_data', array[timestamptz '1999-01-01'])`;
const DENIED = '42501';

describe('the application cannot shadow a name that an owner’s function uses', () => {
  test('by a temporary view named like a system table, as it once could', async () => {
    const attack = `create temporary view pg_class as select relnamespace, relname, oid from pg_catalog.pg_class`;
    expect(await asApplication(attack, MISSING_MONTH)).toBe(DENIED);
  });

  test.each([
    ['temporary table', 'create temporary table pg_class (relname text)'],
    ['temporary function', 'create function pg_temp.now() returns timestamptz language sql as $$ select null $$'],
    ['operator', 'create operator pg_temp.= (leftarg = name, rightarg = text, function = nameeqtext)'],
    ['cast', 'create cast (text as bigint) with inout as implicit'],
    ['function in public', 'create function public.format(text) returns text language sql as $$ select $1 $$'],
    ['type', 'create type pg_temp.timestamptz as (x int)'],
    ['schema', 'create schema tick_store_app'],
    ['language', 'create language plperlu'],
    ['extension', 'create extension dblink'],
    ['event trigger', 'create event trigger t on ddl_command_start execute function tick_store.refuse_removal()'],
    [
      'trigger on a table',
      'create trigger t before insert on tick_store.market_data for each row execute function tick_store.refuse_removal()',
    ],
    ['rule', 'create rule r as on insert to tick_store.market_data do nothing'],
  ])('by a %s', async (_what, statement) => {
    // PostgreSQL returns 42704 for a language or extension that is not installed, 0A000 for one that cannot be
    expect([DENIED, '42704', '0A000', '58P01', '42P17']).toContain(await asApplication(statement, MISSING_MONTH));
  });

  test.each([
    ['a file of the server', `copy (select 1) to '/tmp/out'`],
    ['a program', `copy (select 1) to program 'id'`],
    ['a file to read', `select pg_read_file('/etc/passwd')`],
    ['a large object from a file', `select lo_import('/etc/passwd')`],
    ['a large object to a file', `select lo_export(1, '/tmp/out')`],
    ['another role', 'set role tick_store_owner'],
    ['another session user', 'set session authorization tick_store_owner'],
    [
      'signals to other sessions',
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $$postgres$$ limit 1',
    ],
    ['passwords', 'select rolpassword from pg_authid'],
    ['triggers switched off', `set session_replication_role = replica`],
    ['the ownership of a table', 'alter table tick_store.market_data owner to tick_store_app'],
    ['a setting of the server', `select set_config('log_statement', 'all', false)`],
  ])('and gets no %s', async (_what, statement) => {
    expect(await asApplication(statement)).toBe(DENIED);
  });
});

test('a grant to itself is a warning of PostgreSQL, and grants nothing', async () => {
  expect(
    await asApplication(
      'grant delete on tick_store.market_data to tick_store_app',
      'delete from tick_store.market_data where false',
    ),
  ).toBe(DENIED);
});

test('every function that runs as the owner ends its search path with temporary objects', async () => {
  const paths = await service.sql<{ name: string; config: string[] | null }>(
    `select oid::regprocedure::text as name, proconfig as config from pg_proc where pronamespace = 'tick_store'::regnamespace`,
  );
  expect(paths.length).toBeGreaterThan(10);
  for (const { name, config } of paths)
    expect([name, config]).toEqual([
      name,
      expect.arrayContaining([expect.stringMatching(/^search_path=pg_catalog, tick_store, pg_temp$/)]),
    ]);
  const executable = await service.sql<{ name: string }>(
    `select oid::regprocedure::text as name from pg_proc
      where pronamespace = 'tick_store'::regnamespace and prosecdef and has_function_privilege('public', oid, 'execute')
        and prorettype <> 'trigger'::regtype`,
  );
  expect(executable).toEqual([]);
});
