import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { array, type ElementType, type ObservedCall, type Statement } from '../../functions/database/database.ts';
import type { DataApiDatabase } from '../../functions/database/drivers/data-api/data-api-database.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { connect, type DataApiRoute, OWNER_SECRET_ARN, openDataApi } from '../support/backends/data-api.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** A result that the driver fetches in pieces at once. */
const LARGE = { rows: 1, rowBytes: 1024 * 1024 };

let copy: TestDatabase;
let backend: DataApiRoute;
let database: DataApiDatabase;
let pg: PostgresDatabase;

beforeAll(async () => {
  copy = await createTestDatabase(inject('postgres'));
  await withClient(copy.ownerUrl, (client) =>
    client.query(`create table tick_store.notes (id int8 primary key, note text);
      grant select, insert, update on tick_store.notes to tick_store_app`),
  );
  backend = await connect(copy);
  database = backend.open();
  pg = new PostgresDatabase({
    url: copy.appUrl,
    applicationName: 'test',
    acquireTimeoutMs: 5_000,
    queryTimeoutMs: 22_000,
    recycleSeconds: 3600,
    onIdleError: () => undefined,
  });
});
afterAll(async () => {
  await database.close();
  await pg.close();
  await backend.stop();
  await copy.drop();
});

const soon = (ms = 20_000) => ({ deadline: Date.now() + ms, idempotent: true });
const statement = (text: string, ...values: Statement['values']): Statement => ({ name: 'test', text, values });
const notes = () =>
  withClient(copy.ownerUrl, async (client) => {
    const { rows } = await client.query<{ id: string; note: string }>(
      'select id, note from tick_store.notes order by id',
    );
    return rows.map(({ id, note }) => [Number(id), note]);
  });
const note = (id: number, text = 'x') =>
  statement('insert into tick_store.notes values ($1::int8, $2::text)', id, text);

describe('values', () => {
  test('come back as on the pg backend, whatever their type', async () => {
    const all = statement(
      `
      select 9007199254740991::int8 as big, 7::int4 as whole, 1.1::float8 as double, '-0'::float8 as negative_zero,
             'infinity'::float8 as infinite, true as yes, null::text as nothing, 'ä"\\''{}'::text as words,
             timestamptz '2022-01-31 23:59:59.500001+00' as at, timestamptz '2022-01-31 12:00:00+02' as round,
             '{"a":[1,null,"x"]}'::json as made, '{"b":2}'::jsonb as binary, '\\x00ff10'::bytea as bytes,
             array[1,2,null]::int4[] as numbers, array['a','b,c','"',null]::text[] as texts, 1.50::numeric as exact,
             '0b8f1c9a-6a0e-4c5e-9a43-3b7b8a1f9d11'::uuid as id`.replace("\\''", "''"),
    );
    const [expected] = await pg.run(all, soon());
    expect(await database.run(all, soon())).toEqual([expected]);
    expect(await database.run({ ...all, expected: LARGE }, soon())).toEqual([expected]);
  });

  const double = fc.double({ noNaN: true, noDefaultInfinity: false });
  const text = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .filter((value) => !value.includes('\0') && value.isWellFormed());
  // from 1716: before, the distance from 2000 in microseconds, which is what Postgres counts, is over 2^53
  const micros = fc.integer({ min: -8_000_000_000_000_000, max: Number.MAX_SAFE_INTEGER });
  const column: Record<ElementType, fc.Arbitrary<number | string>> = {
    int4: fc.integer(),
    int8: fc.maxSafeInteger(),
    float8: double,
    timestamptz: micros,
    text,
  };

  test.each(Object.keys(column) as ElementType[])(
    'arrays of %s arrive exactly, nulls in any place',
    async (element) => {
      const item = column[element];
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(item, { nil: null }), { maxLength: 30 }), async (items) => {
          const values =
            element === 'text'
              ? (items as (string | null)[])
              : Float64Array.from(items, (one) => (one as number) ?? Number.NaN);
          // as text, in which Postgres shows a double's every digit
          const ask = statement(`select item::text from unnest($1::${element}[]) item`, array(element, values));
          expect(await database.run(ask, soon())).toEqual(await pg.run(ask, soon()));
        }),
        { numRuns: 40 },
      );
    },
  );

  test('scalars arrive exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        double,
        fc.maxSafeInteger(),
        text,
        fc.boolean(),
        fc.uint8Array({ maxLength: 9 }),
        async (...all) => {
          const ask = statement(
            'select $1::float8 as d, $2::int8 as i, $3::text as t, $4::boolean as b, $5::bytea as x, $6::text as n, $1::float8::text as dt',
            ...all,
            null,
          );
          const [found] = await database.run(ask, soon());
          expect([found]).toEqual(await pg.run(ask, soon()));
          expect(found).toMatchObject({ d: all[0], i: all[1] + 0, t: all[2], b: all[3], n: null });
        },
      ),
      { numRuns: 40 },
    );
  });

  test('placeholders are found where they are, and nowhere else', async () => {
    const ask = statement(
      `select $1::text as a, '$2 '':x''' as b, "c$1", $$ $1 :p1 $$ as d, E'it\\'s $1' as e, $tag$ $$ $2 $tag$ as f, $2::int4 + $2::int4 as g
         from (select 1 as "c$1") s -- $3 and :p9
        where /* $4 /* nested $5 */ $6 */ $1::text is not null and date'2020-01-01' < '2021-01-01'`,
      'one',
      2,
    );
    expect(await database.run(ask, soon())).toEqual(await pg.run(ask, soon()));
  });
});

const MIB = 1024 * 1024;
const names = (calls: readonly string[], from: number) => calls.slice(from);

describe('limits', () => {
  const echo = (text: string) => statement('select length($1::text) as length, md5($1::text) as hash', text);

  test.each([
    ['just under 4 MiB', 'x'.repeat(4 * MIB - 80_000), 0],
    ['just over it', 'x'.repeat(4 * MIB), 2],
    ['that grows when it is escaped', '"\\'.repeat(1_200_000), 2],
    ['of characters outside the basic plane', '𝄞'.repeat(1_500_000), 2],
    ['of 11 MB', 'é'.repeat(5_500_000), 3],
  ])('a value %s goes in', async (_, value, uploads) => {
    const before = backend.endpoint.calls.length;
    expect(await database.run(echo(value), soon())).toEqual(await pg.run(echo(value), soon()));
    const calls = names(backend.endpoint.calls, before);
    expect(calls.filter((call) => call === 'Execute')).toHaveLength(uploads + 1);
    expect(calls.includes('BeginTransaction')).toBe(uploads > 0);
  });

  test('columns of 65,536 rows go in by one statement, and every one arrives', async () => {
    const rows = 65_536;
    const ids = Float64Array.from({ length: rows }, (_, i) => i);
    const prices = Float64Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? Number.NaN : Math.sqrt(i) * 1e-9));
    const words = Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? null : `"${i}\\ä, {x}`));
    const ask = statement(
      `select count(*) as rows, count(p) as prices, count(w) as words, sum(i) as ids, md5(string_agg(i || p::text || w, '' order by i)) as hash
         from (select unnest($1::int8[]) as i, unnest($2::float8[]) as p, unnest($3::text[]) as w, unnest($4::timestamptz[]) as t) r`,
      array('int8', ids),
      array('float8', prices),
      array('text', words),
      array('timestamptz', ids),
    );
    expect(await database.run(ask, soon())).toEqual(await pg.run(ask, soon()));
  });

  test('a second value in the same place, in the same transaction, replaces the first', async () => {
    const [first, second] = await database.transaction([echo('a'.repeat(5 * MIB)), echo('b'.repeat(6 * MIB))], soon());
    expect([first?.[0]?.['length'], second?.[0]?.['length']]).toEqual([5 * MIB, 6 * MIB]);
  });

  const series = (rows: number, bytes: number): Statement =>
    statement(
      `select n as id, repeat('ü"', $2::int4 / 2) as words, timestamptz '2026-11-02' + make_interval(secs => n) as at from generate_series(1, $1::int4) n order by n`,
      rows,
      bytes,
    );

  test.each([
    ['no row', 0, 10],
    ['a row of 64 KB', 1, 70_000],
    ['a row of 3 MB', 1, 2_000_000],
    ['3 MB in 10,000 rows', 10_000, 200],
    ['1 MB in rows of just under 64 KB', 30, 40_000],
  ])('%s comes out whole, asked for in pieces or not', async (_, rows, bytes) => {
    const ask = series(rows, bytes);
    const expected = await pg.run(ask, soon());
    expect(await database.run(ask, soon())).toEqual(expected);
    expect(await database.run({ ...ask, expected: LARGE }, soon())).toEqual(expected);
    expect((await database.transaction([note(1_000_000 + rows * 10_000_000 + bytes), ask], soon()))[1]).toEqual(
      expected,
    );
  });

  test('a transaction that runs again for a result too large has run once', async () => {
    await database.transaction([note(77, 'once'), series(10_000, 200)], soon());
    expect((await notes()).filter(([id]) => id === 77)).toEqual([[77, 'once']]);
  });

  test('a call that may not run twice is not, though its result was too large', async () => {
    const insert = statement(`insert into tick_store.notes values (78, 'y') returning repeat('x', 100000) as words`);
    await expect(database.run(insert, { ...soon(), idempotent: false })).rejects.toMatchObject({ kind: 'bug' });
  });
});

describe('transactions', () => {
  test('commit all or nothing, and leave none open', async () => {
    await database.transaction([note(1), note(2)], soon());
    await expect(database.transaction([note(3), note(1)], soon())).rejects.toMatchObject({
      kind: 'constraint',
      fields: { code: '23505', constraint: 'notes_pkey', statement: 'test', rolledBack: true },
    });
    expect((await notes()).map(([id]) => id)).not.toContain(3);
    expect(backend.endpoint.openTransactions).toBe(0);
  });

  test('are rolled back by what a session throws, which the caller then sees', async () => {
    const work = database.session(async (session) => {
      await session.run(note(4));
      throw new Error('changed my mind');
    }, soon());
    await expect(work).rejects.toThrow('changed my mind');
    expect((await notes()).map(([id]) => id)).not.toContain(4);
    expect(backend.endpoint.openTransactions).toBe(0);
  });

  test('see their own writes between statements', async () => {
    const seen = await database.session(async (session) => {
      await session.run(note(5, 'mine'));
      return session.run(statement('select note from tick_store.notes where id = 5'));
    }, soon());
    expect(seen).toEqual([{ note: 'mine' }]);
  });

  test('there is no COPY, and the capabilities say so', async () => {
    expect(database.capabilities).toEqual({ copy: false, errorDetail: false, poolerView: false });
    await expect(database.session((session) => session.copy('copy x from stdin', []), soon())).rejects.toThrow(
      'no COPY',
    );
  });
});

describe('a migration’s statement that outlasts the service’s patience', () => {
  let impatient: DataApiRoute;
  beforeAll(async () => {
    impatient = await connect(copy, { statementTimeoutMs: 300 });
  });
  afterAll(() => impatient.stop());
  const slow = (then = '') => statement(`do $$ begin perform pg_sleep(1); ${then} end $$`);
  const migrating = () =>
    openDataApi(impatient.endpoint.url, copy.name, { secretArn: OWNER_SECRET_ARN, outlastTimeout: true });

  test('is waited for, and what comes after it is in the same transaction', async () => {
    const owner = migrating();
    await owner.transaction([note(30), slow(), note(31)], soon());
    expect((await notes()).map(([id]) => id).filter((id) => id === 30 || id === 31)).toEqual([30, 31]);
    await owner.close();
  });

  test('and then fails takes all with it', async () => {
    const owner = migrating();
    const failed = owner.transaction([note(32), slow('raise exception $x$no$x$;'), note(33)], soon(6000));
    await expect(failed).rejects.toMatchObject({
      kind: 'bug',
      message: expect.stringContaining("the database's log says why"),
      fields: { statement: 'test', rolledBack: true },
    });
    expect((await notes()).map(([id]) => id).filter((id) => id === 32 || id === 33)).toEqual([]);
    await owner.close();
  });

  test('is a timeout for everybody else', async () => {
    const application = openDataApi(impatient.endpoint.url, copy.name);
    const failed = application.transaction([slow()], soon());
    await expect(failed).rejects.toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    await application.close();
  });
});

describe('errors', () => {
  const raise = (code: string, message: string) =>
    statement(`do $$ begin raise exception '${message}' using errcode = '${code}'; end $$`);

  test.each([
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['55P03', 'conflict'],
    ['57014', 'timeout'],
    ['53300', 'overload'],
    ['25006', 'unavailable'],
    ['23503', 'constraint'],
    ['22012', 'bug'],
    ['42501', 'bug'],
  ])('SQLSTATE %s is a %s, as on the pg backend', async (code, kind) => {
    const failed = (on: { run: DataApiDatabase['run'] }) =>
      on
        .run(raise(code, 'SQLState: 99999; it failed'), { deadline: Date.now() + 5000, idempotent: false })
        .catch((error) => error);
    const [ours, theirs] = [await failed(database), await failed(pg)];
    expect(ours).toMatchObject({ kind, message: theirs.message, fields: { code, rolledBack: true } });
    expect(theirs).toMatchObject({ kind, fields: { code } });
  });

  test('a foreign key names its constraint', async () => {
    const violated = statement(
      `insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold, cooldown_seconds, active)
       values ('r', 999, 'price_threshold', 'above', 1, 0, true)`,
    );
    const failed = (on: { run: DataApiDatabase['run'] }) => on.run(violated, soon()).catch((error) => error.fields);
    const { detail: _, ...theirs } = await failed(pg);
    expect(await failed(database)).toEqual(theirs);
  });

  test.each([
    ['short', { affected: 3 }],
    ['of 600 partitions', { partitions: Array.from({ length: 600 }, (_, n) => `market_data_2022_${n}`) }],
  ])('one of our refusals brings its detail, %s', async (_, detail) => {
    const refuse = statement(`select tick_store.refuse('no', $1::json)`, JSON.stringify(detail));
    const refused = (on: { transaction: DataApiDatabase['transaction'] }) =>
      on.transaction([refuse], soon()).catch((thrown) => thrown);
    for (const error of [await refused(database), await refused(pg)]) {
      expect(error).toMatchObject({ kind: 'constraint', fields: { code: 'TS001', rolledBack: true } });
      expect(JSON.parse(error.fields.detail)).toEqual(detail);
    }
  });

  test('of a database that resumes are waited out', async () => {
    const before = backend.endpoint.calls.length;
    backend.endpoint.failNext('DatabaseResumingException', 3);
    await database.transaction([note(10)], { ...soon(), idempotent: false });
    expect(names(backend.endpoint.calls, before)).toEqual([
      ...Array(4).fill('BeginTransaction'),
      'Execute',
      'CommitTransaction',
    ]);
  });

  test('of one that does not resume in time are the caller’s: unavailable, and nothing was done', async () => {
    backend.endpoint.failNext('DatabaseResumingException', 1000);
    const failed = database.run(note(11), { deadline: Date.now() + 2000, idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'unavailable', fields: { rolledBack: true } });
    backend.endpoint.failNext('DatabaseResumingException', 0);
  });

  test('of a service that throttles are waited out, then overload', async () => {
    const calls: ObservedCall[] = [];
    const hasty = openDataApi(backend.endpoint.url, copy.name, {
      acquireTimeoutMs: 1000,
      onCall: (call) => calls.push(call),
    });
    backend.endpoint.failNext('ThrottlingException', 1, 'Rate exceeded');
    await hasty.run(note(12), { ...soon(), idempotent: false });
    backend.endpoint.failNext('ThrottlingException', 1000, 'Rate exceeded');
    const failed = hasty.transaction([note(13)], { ...soon(), idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'overload', fields: { rolledBack: true } });
    backend.endpoint.failNext('ThrottlingException', 0);
    expect(calls.map(({ retries, error }) => [retries > 0, error])).toEqual([
      [true, undefined],
      [true, 'overload'],
    ]);
    await hasty.close();
  });

  test.each([
    ['DatabaseUnavailableException', 'unavailable'],
    ['ServiceUnavailableError', 'unavailable'],
    ['InternalServerErrorException', 'unavailable'],
    ['StatementTimeoutException', 'timeout'],
    ['TransactionNotFoundException', 'unavailable'],
    ['ForbiddenException', 'bug'],
    ['BadRequestException', 'bug'],
    ['ValidationException', 'bug'],
  ] as const)('%s is %s; alone it may have been done, in a transaction it was not', async (name, kind) => {
    const once = { deadline: Date.now() + 5000, idempotent: false };
    backend.endpoint.failNext(name, 1);
    await expect(database.run(note(14), once)).rejects.toMatchObject({ kind, fields: { rolledBack: false } });
    backend.endpoint.failNext(name, 1);
    const failed = database.transaction([note(14)], once).catch((error) => error);
    // what is certain to have done nothing is tried again where that can help
    if (kind === 'unavailable') expect(await failed).toEqual([[]]);
    else expect(await failed).toMatchObject({ kind, fields: { rolledBack: true } });
    await withClient(copy.ownerUrl, (client) => client.query('delete from tick_store.notes where id = 14'));
  });

  test('a wrong secret or cluster is our bug, and says so', async () => {
    for (const [option, code] of [
      ['secretArn', 'NotFoundException'],
      ['resourceArn', 'HttpEndpointNotEnabledException'],
    ] as const) {
      const lost = openDataApi(backend.endpoint.url, copy.name, { [option]: 'arn:aws:none' });
      await expect(lost.run(statement('select 1'), soon())).rejects.toMatchObject({
        kind: 'bug',
        message: expect.stringContaining(code),
      });
      await lost.close();
    }
  });

  test('an endpoint that nobody listens at is unavailable, and nothing was sent', async () => {
    const away = openDataApi('http://127.0.0.1:1', copy.name);
    await expect(away.run(note(15), { ...soon(), idempotent: false })).rejects.toMatchObject({
      kind: 'unavailable',
      fields: { code: 'ECONNREFUSED', rolledBack: true },
    });
    await away.close();
  });
});

describe('a wire that breaks', () => {
  test('after a statement of a transaction: rolled back, and run again', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    proxy.loseAnswerTo('"sql":"insert into tick_store.notes');
    const once = { deadline: Date.now() + 3000, idempotent: false };
    const failed = fragile.transaction([note(20)], once).catch((error) => error);
    expect(await failed).toMatchObject({ kind: 'unavailable', fields: { rolledBack: true } });
    expect((await notes()).map(([id]) => id)).not.toContain(20);
    await expect.poll(() => backend.endpoint.openTransactions).toBe(0);
    proxy.heal();
    await fragile.transaction([note(20)], once);
    await fragile.close();
    await proxy.stop();
  });

  test('after COMMIT: nobody knows, so only what may run twice is run again', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    const lose = () => {
      let lost = false;
      let waiting: number | undefined;
      proxy.judge((bytes, going, connection) => {
        if (going === 'up' && !lost && bytes.includes('/CommitTransaction')) waiting = connection;
        if (going === 'down' && connection === waiting && !lost) {
          lost = true;
          return 'cut';
        }
        return 'forward';
      });
    };
    lose();
    const failed = fragile.transaction([note(21)], { ...soon(), idempotent: false });
    await expect(failed).rejects.toMatchObject({
      kind: 'unavailable',
      fields: { rolledBack: false, statement: 'commit' },
    });
    expect((await notes()).filter(([id]) => id === 21)).toHaveLength(1);
    lose();
    const upsert = statement(
      `insert into tick_store.notes values (22, 'a') on conflict (id) do update set note = tick_store.notes.note || 'b' returning note`,
    );
    expect(await fragile.transaction([upsert], soon())).toEqual([[{ note: 'ab' }]]);
    await fragile.close();
    await proxy.stop();
  });

  test('a statement whose response is lost is not sent again behind our back', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    const before = backend.endpoint.calls.length;
    proxy.loseAnswerTo('/Execute');
    const failed = fragile.run(note(23), { ...soon(), idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'unavailable', fields: { rolledBack: false } });
    expect(names(backend.endpoint.calls, before)).toEqual(['Execute']);
    await fragile.close();
    await proxy.stop();
  });

  test('a black hole is a timeout at the deadline, rolled back where nothing was committed', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name);
    await fragile.run(statement('select 1'), soon());
    proxy.judge((bytes, going) => (going === 'up' && bytes.includes('/Execute') ? 'drop' : 'forward'));
    const started = Date.now();
    const failed = fragile.transaction([note(24)], { deadline: started + 1500, idempotent: false });
    await expect(failed).rejects.toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    expect(Date.now() - started).toBeLessThan(1500);
    await fragile.close();
    await proxy.stop();
  });

  test('a service that begins no transaction in time is overload', async () => {
    const proxy = await startTcpProxy(backend.endpoint.url);
    const fragile = openDataApi(proxy.url.replace(/\/$/, ''), copy.name, { acquireTimeoutMs: 500 });
    proxy.judge((bytes, going) => (going === 'up' && bytes.includes('/BeginTransaction') ? 'drop' : 'forward'));
    const failed = fragile.transaction([note(25)], { ...soon(), idempotent: true });
    await expect(failed).rejects.toMatchObject({ kind: 'overload', fields: { rolledBack: true } });
    await fragile.close();
    await proxy.stop();
  });
});

test('calls are observed: statements, the wait for a transaction, retries', async () => {
  const calls: ObservedCall[] = [];
  const observed = openDataApi(backend.endpoint.url, copy.name, { onCall: (call) => calls.push(call) });
  await observed.run(statement('select 1'), soon());
  await observed.transaction([statement('select 1'), statement('select 2')], soon());
  await observed.close();
  expect(calls).toEqual([
    { statements: ['test'], acquireMs: null, ms: expect.any(Number), retries: 0, error: undefined },
    {
      statements: ['test', 'test'],
      acquireMs: expect.any(Number),
      ms: expect.any(Number),
      retries: 0,
      error: undefined,
    },
  ]);
});
