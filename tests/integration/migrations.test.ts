import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { type Migration, migrate, readMigrations, splitStatements } from '../../functions/database/run-migrations.ts';
import { ownerDatabase } from '../../lib/local/owner-database.ts';
import { MIGRATIONS } from '../support/migrations.ts';
import { withClient, withDatabase } from '../support/postgres.ts';

const { superuserUrl, ownerUrl } = inject('postgres');
const deadline = () => Date.now() + 30_000;
const migrations = await readMigrations(MIGRATIONS);

let name: string;
let databases: PostgresDatabase[];
const runner = (): PostgresDatabase => {
  const database = ownerDatabase(withDatabase(ownerUrl, name));
  databases.push(database);
  return database;
};
const rows = <R extends object>(text: string) =>
  withClient(withDatabase(ownerUrl, name), async (client) => (await client.query<R>(text)).rows);

beforeEach(async () => {
  name = `empty_${randomBytes(6).toString('hex')}`;
  databases = [];
  await withClient(superuserUrl, (client) => client.query(`create database ${name} owner tick_store_owner`));
});
afterEach(async () => {
  for (const database of databases) await database.close();
  await withClient(superuserUrl, (client) => client.query(`drop database ${name} with (force)`));
});

/** A migration made for a test. */
const migration = (file: string, ...statements: string[]): Migration => ({
  name: file,
  hash: `hash of ${statements.join()}`,
  statements,
  repeated: false,
});

test('an empty database gets the whole schema, with each file recorded with its hash', async () => {
  const applied = await migrate(runner(), migrations, deadline());
  expect(applied).toEqual(migrations.map((file) => file.name));
  const recorded = await rows('select name, hash from tick_store.migrations order by name');
  expect(recorded).toEqual(migrations.map((file) => ({ name: file.name, hash: file.hash })));
  expect(migrations.every((file) => /^[0-9a-f]{64}$/.test(file.hash))).toBe(true);
});

test('a second run changes nothing, and a new file is applied alone', async () => {
  await migrate(runner(), migrations, deadline());
  expect(await migrate(runner(), migrations, deadline())).toEqual([]);
  const more = migration('9999_more.sql', 'create table tick_store.more (x int)');
  expect(await migrate(runner(), [...migrations, more], deadline())).toEqual(['9999_more.sql']);
});

test('a file that has changed since is refused by name, and nothing after it is applied', async () => {
  const [first, ...rest] = [migration('1.sql', 'select 1'), migration('2.sql', 'create table tick_store.two (x int)')];
  await migrate(runner(), [first], deadline());
  const changed = { ...first, hash: 'another' };
  await expect(migrate(runner(), [changed, ...rest], deadline())).rejects.toThrow(/1\.sql has changed/);
  expect(await rows(`select to_regclass('tick_store.two') as two`)).toEqual([{ two: null }]);
});

test('a database with a migration that the release does not have is refused by its name', async () => {
  const files = [migration('1.sql', 'select 1'), migration('2.sql', 'select 2')];
  await migrate(runner(), files, deadline());
  await expect(migrate(runner(), files.slice(0, 1), deadline())).rejects.toThrow(
    /has migration 2\.sql, which this release does not/,
  );
});

test('a file that fails half-way is rolled back, earlier files stay, and it runs once it is fixed', async () => {
  const first = migration('1.sql', 'create table tick_store.one (x int)');
  const broken = migration(
    '2.sql',
    'create table tick_store.two (x int)',
    'select 1/0',
    'create table tick_store.three (x int)',
  );
  await expect(migrate(runner(), [first, broken], deadline())).rejects.toMatchObject({
    fields: { code: '22012', statement: '2.sql' },
  });
  expect(
    await rows(`select to_regclass('tick_store.one') is not null as one, to_regclass('tick_store.two') as two`),
  ).toEqual([{ one: true, two: null }]);
  expect(await rows('select name from tick_store.migrations')).toEqual([{ name: '1.sql' }]);
  const mended = migration('2.sql', 'create table tick_store.two (x int)');
  expect(await migrate(runner(), [first, mended], deadline())).toEqual(['2.sql']);
});

test('with several runners at once, each file is applied by one, and all succeed', async () => {
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate(runner(), migrations, deadline())));
  expect(results.flat().sort()).toEqual(migrations.map((file) => file.name));
  expect(await rows('select count(*)::int from tick_store.migrations')).toEqual([{ count: migrations.length }]);
});

test('a runner that waited for another text of the same file is refused', async () => {
  const mine = migration('1.sql', 'select pg_sleep(0.3)');
  const other = migration('1.sql', 'select pg_sleep(0.3), 2');
  await migrate(runner(), [], deadline());
  const results = await Promise.allSettled([
    migrate(runner(), [mine], deadline()),
    migrate(runner(), [other], deadline()),
  ]);
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(String((results.find((result) => result.status === 'rejected') as PromiseRejectedResult).reason)).toContain(
    'has changed',
  );
});

describe('splitStatements', () => {
  test.each([
    ['no statement', '\n-- a comment\n\n', []],
    ['two', 'select 1;\n\n-- why\nselect\n  2;\n', ['select 1', 'select\n  2']],
    [
      'a body with semicolons',
      'create function f() returns void language plpgsql as $$\nbegin\n  perform 1;\nend\n$$;\nselect 2;',
      ['create function f() returns void language plpgsql as $$\nbegin\n  perform 1;\nend\n$$', 'select 2'],
    ],
    ['a body on one line', 'do $$ begin end; $$;\nselect 1;', ['do $$ begin end; $$', 'select 1']],
    ['Windows lines', 'select 1;\r\nselect 2;\r\n', ['select 1', 'select 2']],
    ['a comment inside', 'create table t (\n  -- why\n  x int\n);', ['create table t (\n  -- why\n  x int\n)']],
  ])('splits %s', (_, text, statements) => {
    expect(splitStatements(text)).toEqual(statements);
  });

  test('refuses a file that ends in the middle of a statement, or of a body', () => {
    expect(() => splitStatements('select 1;\nselect 2')).toThrow(/middle of a statement: select 2/);
    expect(() => splitStatements('do $$\nbegin;\n')).toThrow(/middle of a statement/);
  });

  test('splits our migrations into statements that each fit the Data API and a pooler', () => {
    for (const file of migrations) {
      expect(file.statements.length).toBeGreaterThan(0);
      for (const statement of file.statements) expect(statement.length).toBeLessThan(16 * 1024);
    }
  });
});

describe('readMigrations', () => {
  let directory: string;
  afterAll(() => rm(directory, { recursive: true }));

  test('reads the .sql files in the order of their names, and their hash is of every byte', async () => {
    directory = await mkdtemp(join(tmpdir(), 'migrations-'));
    const write = (file: string, text: string) => writeFile(join(directory, file), text);
    await Promise.all([
      write('0002_b.sql', 'select 2;\n'),
      write('0001_a.sql', 'select 1;\n'),
      write('README.md', 'no SQL'),
    ]);
    const read = () => readMigrations(pathToFileURL(`${directory}/`));
    const [first, second] = [await read(), await read()];
    expect(first.map((file) => file.name)).toEqual(['0001_a.sql', '0002_b.sql']);
    expect(second).toEqual(first);
    await write('0001_a.sql', 'select 1; \n');
    expect((await read())[0]?.hash).not.toBe(first[0]?.hash);
  });
});

test('statement statistics are installed if the owner may do so, and skipped if not', async () => {
  const had = async () => (await rows(`select from pg_extension where extname = 'pg_stat_statements'`)).length === 1;
  await migrate(runner(), migrations, deadline());
  expect(await had()).toBe(false);
  const [file] = migrations.filter(({ statements }) => statements.join().includes('create extension'));
  expect(file).toBeDefined();
  await withClient(withDatabase(superuserUrl, name), async (client) => {
    // as on Aurora and Neon, where the owner is allowed to do this
    for (const statement of file?.statements ?? []) await client.query(statement);
    await client.query('set role tick_store_app');
    const { rows: found } = await client.query('select tick_store.statement_statistics() is not null as measured');
    expect(found).toEqual([{ measured: true }]);
  });
  expect(await had()).toBe(true);
});
