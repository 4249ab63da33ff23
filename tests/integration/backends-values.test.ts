import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { formatTimestamp } from '../../functions/contract/time.ts';
import { array, type Database, type Parameter, type Statement } from '../../functions/database/database.ts';
import { NeonDatabase } from '../../functions/database/drivers/neon/neon-database.ts';
import { DatabaseError } from '../../functions/database/errors.ts';
import { type BackendAccess, LIMITS } from '../support/backends/access.ts';
import { BACKEND_NAMES, connectBy } from '../support/backends/backends.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';

/**
 * Values and errors at the database port are the same through every driver. Each driver inserts rows into one table, and every
 * driver reads them.
 */

let testDatabase: TestDatabase;
const backends: BackendAccess[] = [];
const drivers = new Map<string, Database>();

beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('postgres'));
  await withClient(testDatabase.superuserUrl, async (client) => {
    await client.query(`create table public.parity
      (batch int8, n int4 check (n > -1000000), "time" timestamptz, price float8, big int8, words text, unique (batch, n))`);
    await client.query('grant select, insert on public.parity to tick_store_app');
    await client.query(`alter role tick_store_app in database ${testDatabase.name} set statement_timeout = '700ms'`);
    await client.query(`alter role tick_store_app in database ${testDatabase.name} set lock_timeout = '200ms'`);
  });
  for (const name of BACKEND_NAMES) {
    const backend = await connectBy(name, testDatabase);
    backends.push(backend);
    drivers.set(name, backend.open());
    const endpoint = backend.environment['NEON_ENDPOINT'];
    if (endpoint === undefined) continue;
    const options = { ...LIMITS, url: testDatabase.appUrl, endpoint, socketFromBytes: 0 };
    drivers.set(`${name} over its WebSocket`, new NeonDatabase(options));
  }
});
afterAll(async () => {
  for (const database of drivers.values()) await database.close();
  for (const backend of backends) await backend.stop();
  await testDatabase.drop();
});

const NAMES = [...BACKEND_NAMES, 'neon over its WebSocket'];
const driver = (name: string): Database => drivers.get(name) as Database;
const options = (ms = 10_000) => ({ deadline: Date.now() + ms, idempotent: true });
const statement = (text: string, ...values: Parameter[]): Statement => ({ name: 'a-statement', text, values });

/** Runs the same work on every driver. */
const onEach = <T>(work: (database: Database) => Promise<T>): Promise<T[]> =>
  Promise.all(NAMES.map((name) => work(driver(name))));

interface Values {
  readonly time: number | null;
  readonly price: number | null;
  readonly big: number | null;
  readonly words: string | null;
}

/** Postgres cannot store NUL in text. */
const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '0')),
  fc.constantFrom(
    '',
    ' ',
    'NULL',
    'null',
    '"',
    '\\',
    '{',
    '}',
    ',',
    '\\"',
    '{"a":[1]}',
    'é',
    '𝄞',
    '\u2028',
    "'",
    '$1',
    ':p1',
  ),
);
/** All microseconds that a double represents exactly: years 1684 to 2255. Postgres rounds none of them. */
const micros = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 1, 999_999, -1_000_000, 4_102_444_799_999_999));
const price = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(
    -0,
    0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    0.1,
    1e21,
    1e-7,
  ),
);
const row: fc.Arbitrary<Values> = fc.record({
  time: fc.option(micros),
  price: fc.option(price),
  big: fc.option(fc.maxSafeInteger()),
  words: fc.option(words),
});

let batches = 0;

function columnsOf(rows: readonly Values[]) {
  const numbers = (read: (row: Values) => number | null) =>
    Float64Array.from(rows, (values) => read(values) ?? Number.NaN);
  return [
    array(
      'int4',
      Float64Array.from(rows, (_, n) => n),
    ),
    array(
      'timestamptz',
      numbers(({ time }) => time),
    ),
    array(
      'float8',
      numbers((values) => values.price),
    ),
    array(
      'int8',
      numbers(({ big }) => big),
    ),
    array(
      'text',
      rows.map((values) => values.words),
    ),
  ] as const;
}

const INSERT = `insert into public.parity select $1::int8, unnest($2::int4[]), unnest($3::timestamptz[]), unnest($4::float8[]),
  unnest($5::int8[]), unnest($6::text[])`;
const SELECT = 'select n, "time", price, big, words from public.parity where batch = $1::int8 order by n';

const expected = (rows: readonly Values[]) =>
  rows.map(({ time, ...values }, n) => ({ n, time: time === null ? null : formatTimestamp(time), ...values }));

test.each(NAMES)('random rows inserted by %s are read equally by every driver', async (writer) => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      const batch = ++batches;
      await driver(writer).transaction([statement(INSERT, batch, ...columnsOf(rows))], options());
      for (const read of await onEach((database) => database.run(statement(SELECT, batch), options())))
        expect(read).toEqual(expected(rows));
    }),
    { numRuns: 25 },
  );
});

test('rows inserted by COPY are read equally by every driver', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      const batch = ++batches;
      const columns = [array('int8', new Float64Array(rows.length).fill(batch)), ...columnsOf(rows)];
      await driver('pg').session?.(
        (session) => session.copy('copy public.parity from stdin (format binary)', [columns]),
        options(),
      );
      for (const read of await onEach((database) => database.run(statement(SELECT, batch), options())))
        expect(read).toEqual(expected(rows));
    }),
    { numRuns: 15 },
  );
});

test('values of every type are the same with every driver, in both directions', async () => {
  const value = fc.record({
    text: fc.option(words),
    double: fc.option(price),
    whole: fc.option(fc.maxSafeInteger()),
    flag: fc.option(fc.boolean()),
    bytes: fc.uint8Array({ maxLength: 20 }),
    json: fc.option(fc.jsonValue()),
  });
  await fc.assert(
    fc.asyncProperty(value, async ({ text, double, whole, flag, bytes, json }) => {
      const encoded = json === null ? null : JSON.stringify(json).replaceAll('\\u0000', '0');
      const ask = statement(
        `select $1::text as text, $2::float8 as double, $3::int8 as whole, $4::boolean as flag, $5::bytea as bytes, $6::json as json,
                $3::int8 is null as missing, array[1, 2]::int4[] as list, '{"a": [1.5, null]}'::jsonb as object, 1.50::numeric as exact`,
        ...[text, double, whole, flag, bytes, encoded],
      );
      for (const [row] of await onEach((database) => database.run(ask, options()))) {
        expect(row).toEqual({
          ...{
            text,
            double,
            whole,
            flag,
            missing: whole === null,
            list: [1, 2],
            object: { a: [1.5, null] },
            exact: '1.50',
          },
          bytes: Buffer.from(bytes),
          json: encoded === null ? null : JSON.parse(encoded),
        });
      }
    }),
    { numRuns: 40 },
  );
});

const REFUSAL = `select tick_store.refuse('no', '{"why": "because"}'::json)`;

describe('every driver reports the same error for', () => {
  test.each<[string, Statement[]]>([
    ['a row that is there already', [statement('insert into public.parity (batch, n) values (-1, 1), (-1, 1)')]],
    ['a rule of the schema', [statement('insert into public.parity (batch, n) values (-1, -1000000)')]],
    ['no permission', [statement('delete from public.parity')]],
    ['no syntax', [statement('selec 1')]],
    ['no such table', [statement('select 1 from public.nothing')]],
    ['a value of another type', [statement('select $1::int4', 'x')]],
    ['a division by zero', [statement('select 1 / $1::int4', 0)]],
    ['a refusal of our own', [statement(REFUSAL)]],
    ['a statement that takes too long', [statement('select pg_sleep(5)')]],
    [
      'the last of a transaction’s statements',
      [statement('insert into public.parity (batch, n) values (-2, 1)'), statement('select 1 / 0')],
    ],
  ])('%s', async (_, statements) => {
    const failures = await onEach(async (database) => {
      const error = await database.transaction(statements, options()).catch((thrown: unknown) => thrown);
      if (!(error instanceof DatabaseError)) throw new Error(`not a DatabaseError: ${error}`);
      const { code, constraint, rolledBack } = error.fields;
      return {
        kind: error.kind,
        code,
        constraint,
        rolledBack,
        detail: statements[0]?.text === REFUSAL && error.fields.detail,
      };
    });
    expect(failures[0]?.rolledBack).toBe(true);
    for (const failure of failures) expect(failure).toEqual(failures[0]);
    expect(await driver('pg').run(statement('select from public.parity where batch < 0'), options())).toEqual([]);
  });

  test('a lock that another transaction holds', async () => {
    await withClient(testDatabase.superuserUrl, async (client) => {
      await client.query('begin; lock table public.parity in access exclusive mode');
      const failures = await onEach((database) =>
        database.run(statement('select 1 from public.parity'), options()).catch((error: DatabaseError) => error),
      );
      for (const failure of failures) expect(failure).toMatchObject({ kind: 'conflict', fields: { code: '55P03' } });
    });
  });

  test('a deadline that has passed', async () => {
    const failures = await onEach((database) =>
      database.run(statement('select 1'), options(100)).catch((error: DatabaseError) => error),
    );
    for (const failure of failures) expect(failure).toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
  });
});
