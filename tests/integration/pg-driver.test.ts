import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { array, type CallOptions, type Parameter, type Statement } from '../../functions/database/database.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import type { PostgresOptions } from '../../functions/database/drivers/postgres/postgres-pool.ts';
import type { DatabaseError } from '../../functions/database/errors.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('postgres'));
  await withClient(testDatabase.superuserUrl, async (client) => {
    await client.query(`create table public.notes (id int8 primary key, text text)`);
    await client.query(`grant select, insert, update on public.notes to tick_store_app`);
    // the role's own limits are 5 s and 20 s
    for (const limit of [`lock_timeout = '300ms'`, `statement_timeout = '900ms'`])
      await client.query(`alter role tick_store_app in database ${testDatabase.name} set ${limit}`);
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await superuser('truncate public.notes');
});
afterAll(() => testDatabase.drop());

const superuser = (text: string) =>
  withClient(testDatabase.superuserUrl, async (client) => (await client.query(text)).rows);
const storedIds = async () => (await superuser('select id::int from public.notes order by id')).map((row) => row.id);

const statement = (text: string, ...values: Parameter[]): Statement => ({ name: 'a-statement', text, values });
const note = (id: number, name = 'insert-note'): Statement => ({
  name,
  text: 'insert into public.notes (id) values ($1::int8) returning id',
  values: [id],
});
const SYNTAX_ERROR: Statement = { name: 'broken-statement', text: 'selec $1::int4', values: [1] };
const once = (ms = 10_000): CallOptions => ({ deadline: Date.now() + ms, idempotent: false });
const twice = (ms = 10_000): CallOptions => ({ deadline: Date.now() + ms, idempotent: true });

interface Subject {
  readonly database: PostgresDatabase;
  readonly proxy: TcpProxy;
  /** What was reported of idle connections. */
  readonly idleErrors: string[];
}

async function connected(options: Partial<PostgresOptions> = {}): Promise<Subject> {
  const proxy = await startTcpProxy(testDatabase.appUrl);
  const idleErrors: string[] = [];
  const database = new PostgresDatabase({
    url: proxy.url,
    applicationName: 'driver-test',
    acquireTimeoutMs: 2_000,
    queryTimeoutMs: 5_000,
    recycleSeconds: 3600,
    onIdleError: (error) => void idleErrors.push(error.message),
    ...options,
  });
  onTestFinished(async () => {
    await database.close();
    await proxy.stop();
  });
  return { database, proxy, idleErrors };
}

const failureOf = (promise: Promise<unknown>): Promise<DatabaseError> =>
  promise.then(
    () => expect.fail('the call succeeded'),
    (error) => error,
  );

/** Bytes that the driver sends, as text. */
function recordSent(proxy: TcpProxy): () => string {
  const sent: Buffer[] = [];
  proxy.judge((bytes, direction) => {
    if (direction === 'up') sent.push(bytes);
    return 'forward';
  });
  return () => Buffer.concat(sent).toString('latin1');
}

describe('values', () => {
  test('int8 comes back as a number, timestamptz as ISO 8601 in UTC with six decimals, json parsed', async () => {
    const { database } = await connected();
    const [row] = await database.run(
      statement(
        `select 9007199254740991::int8 as id, '1969-12-31T23:59:59.000001Z'::timestamptz as before,
                '2026-11-02T14:30:00.5+02:00'::timestamptz as half, '2026-11-02'::timestamptz as whole,
                null::timestamptz as nothing, '{"a":[1]}'::jsonb as json, 0.1::float8 as double, true as flag`,
      ),
      once(),
    );
    expect(row).toEqual({
      id: 9007199254740991,
      before: '1969-12-31T23:59:59.000001Z',
      half: '2026-11-02T12:30:00.500000Z',
      whole: '2026-11-02T00:00:00.000000Z',
      nothing: null,
      json: { a: [1] },
      double: 0.1,
      flag: true,
    });
  });

  test('arrays of every element type arrive as they were, with nulls', async () => {
    const { database } = await connected();
    const [row] = await database.run(
      statement(
        `select to_json($1::int4[])::text as a, to_json($2::int8[])::text as b, $3::float8[]::text as c,
                (select array_agg((extract(epoch from t) * 1000000)::int8::text) from unnest($4::timestamptz[]) t) as d,
                to_json($5::text[]) as e`,
        array('int4', [1, Number.NaN, -2_147_483_648]),
        array('int8', [Number.MAX_SAFE_INTEGER, Number.NaN, -Number.MAX_SAFE_INTEGER, -1]),
        array('float8', [0.1, Number.NaN, -0, 5e-324, 1.7976931348623157e308]),
        array('timestamptz', [0, 1_667_400_600_000_001, -1, 946_684_800_000_000]),
        array('text', ['', null, 'naïve ☕ 𝒳 "quoted" \\ {x}', ',']),
      ),
      once(),
    );
    expect(row).toEqual({
      a: '[1,null,-2147483648]',
      b: '[9007199254740991,null,-9007199254740991,-1]',
      c: '{0.1,NULL,-0,5e-324,1.7976931348623157e+308}',
      d: ['0', '1667400600000001', '-1', '946684800000000'],
      e: ['', null, 'naïve ☕ 𝒳 "quoted" \\ {x}', ','],
    });
  });

  test.each(['int4', 'int8', 'float8', 'timestamptz'] as const)(
    'an empty %s array, and one of nulls only, is empty',
    async (element) => {
      const { database } = await connected();
      const text = `select cardinality($1::${element}[]) as none, cardinality($2::${element}[]) as nulls`;
      const [row] = await database.run(
        statement(text, array(element, []), array(element, [Number.NaN, Number.NaN])),
        once(),
      );
      expect(row).toEqual({ none: 0, nulls: 0 });
    },
  );

  test('an empty text array, and one of nulls only, is empty', async () => {
    const { database } = await connected();
    const text = 'select cardinality($1::text[]) as none, cardinality($2::text[]) as nulls';
    const [row] = await database.run(statement(text, array('text', []), array('text', [null])), once());
    expect(row).toEqual({ none: 0, nulls: 0 });
  });

  test('scalars, bytes and unicode text go in as they are', async () => {
    const { database } = await connected();
    const [row] = await database.run(
      statement(
        `select $1::text as text, encode($2::bytea, 'hex') as bytes, $3::boolean as flag, $4::int8 as nothing, $5::float8 as double`,
        "'; drop table notes; -- ☕𝒳",
        new Uint8Array([0, 255, 39]),
        false,
        null,
        1e21,
      ),
      once(),
    );
    expect(row).toEqual({
      text: "'; drop table notes; -- ☕𝒳",
      bytes: '00ff27',
      flag: false,
      nothing: null,
      double: 1e21,
    });
  });

  test('a sample row goes in by COPY with nulls, and comes out', async () => {
    const { database } = await connected();
    const texts = ['a', null, '☕𝒳'];
    await database.session(
      (session) =>
        session.copy('copy public.notes (id, text) from stdin (format binary)', [
          [array('int8', [1, 2]), array('text', texts.slice(0, 2))],
          [array('int8', []), array('text', [])],
          [array('int8', [3]), array('text', texts.slice(2))],
        ]),
      once(),
    );
    expect((await superuser('select text from public.notes order by id')).map((row) => row.text)).toEqual(texts);
  });
});

describe('a transaction', () => {
  test('commits, and returns the rows of each statement', async () => {
    const { database } = await connected();
    expect(await database.transaction([note(1), statement('select 2 as two'), note(3)], once())).toEqual([
      [{ id: 1 }],
      [{ two: 2 }],
      [{ id: 3 }],
    ]);
    expect(await storedIds()).toEqual([1, 3]);
  });

  test.each([0, 1, 2])('whose statement %i fails writes nothing, and the error names the statement', async (at) => {
    const { database, proxy } = await connected();
    const statements = [note(1), note(2)].toSpliced(at, 0, note(1, 'repeated'));
    const error = await failureOf(database.transaction(statements, twice()));
    expect(error).toMatchObject({ kind: 'constraint', fields: { code: '23505', rolledBack: true } });
    expect(error.fields.statement).toBe(at === 0 ? 'insert-note' : 'repeated');
    expect(await storedIds()).toEqual([]);
    expect(await database.transaction([note(9)], once())).toEqual([[{ id: 9 }]]);
    expect(proxy.made).toBe(1);
  });

  test('with a statement that is a bug says so, once', async () => {
    const { database } = await connected();
    const error = await failureOf(database.transaction([note(1), SYNTAX_ERROR], twice()));
    expect(error).toMatchObject({ kind: 'bug', fields: { code: '42601', statement: 'broken-statement' } });
    expect(await storedIds()).toEqual([]);
  });

  test('sends nothing when the iterable throws', async () => {
    const { database, proxy } = await connected();
    function* statements() {
      yield note(1);
      throw new RangeError('made up');
    }
    await expect(database.transaction(statements(), once())).rejects.toThrow(RangeError);
    expect(proxy.made).toBe(0);
  });
});

describe('a session', () => {
  test('may use one result for the next statement, and commits', async () => {
    const { database } = await connected();
    const id = await database.session(async (session) => {
      const [row] = await session.run<{ id: number }>(note(4));
      await session.run(note((row?.id ?? 0) + 1));
      return row?.id;
    }, once());
    expect(id).toBe(4);
    expect(await storedIds()).toEqual([4, 5]);
  });

  test.each([
    ['an error', () => new TypeError('made up')],
    [
      'an error with a code of its own',
      () => Object.assign(new Error('no connection to the feed'), { code: 'not_read' }),
    ],
  ])('rolls back when its work throws %s, which the caller gets', async (_, make) => {
    const { database, proxy } = await connected();
    const thrown = make();
    const work = database.session(async (session) => {
      await session.run(note(1));
      throw thrown;
    }, twice());
    await expect(work).rejects.toBe(thrown);
    expect(await storedIds()).toEqual([]);
    await database.run(note(2), once());
    expect(proxy.made).toBe(1);
  });

  test.each([
    ['an error', () => new TypeError('made up')],
    [
      'an error with a code of its own',
      () => Object.assign(new Error('no connection to the feed'), { code: 'not_read' }),
    ],
  ])('writes nothing when the rows to copy end in %s, which the caller gets', async (_, make) => {
    const { database } = await connected();
    const thrown = make();
    function* chunks() {
      yield [array('int8', [1])];
      throw thrown;
    }
    const work = database.session(async (session) => {
      await session.run(note(7));
      await session.copy('copy public.notes (id) from stdin (format binary)', chunks());
    }, twice());
    await expect(work).rejects.toBe(thrown);
    expect(await storedIds()).toEqual([]);
    await database.run(note(2), once());
  });

  test('writes nothing when Postgres refuses a copied row', async () => {
    const { database } = await connected();
    const error = await failureOf(
      database.session(
        (session) => session.copy('copy public.notes (id) from stdin (format binary)', [[array('int8', [1, 2, 1])]]),
        twice(),
      ),
    );
    expect(error).toMatchObject({ kind: 'constraint', fields: { code: '23505', statement: 'copy', rolledBack: true } });
    expect(await storedIds()).toEqual([]);
    await database.run(note(2), once());
  });

  test('is not reported as committed when its work hides a failed statement', async () => {
    const { database } = await connected();
    const error = await failureOf(
      database.session(async (session) => {
        await session.run(note(1));
        await session.run(note(1)).catch(() => undefined);
        return 'all is well';
      }, once()),
    );
    expect(error).toMatchObject({ name: 'DatabaseError', fields: { rolledBack: true } });
    expect(await storedIds()).toEqual([]);
    await database.run(note(2), once());
  });
});

describe('one connection', () => {
  test('is made at first use, reused by all that follows, and asks for nothing a pooler refuses', async () => {
    const { database, proxy } = await connected();
    expect(proxy.made).toBe(0);
    const sent = recordSent(proxy);
    await database.run(statement('select 1'), once());
    await database.transaction([note(1)], once());
    await database.session((session) => session.run(note(2)), once());
    await Promise.all([database.run(statement('select 1'), once()), database.run(statement('select 2'), once())]);
    expect(proxy.made).toBe(1);
    const startup = sent().slice(8, sent().indexOf('\0\0', 8)).split('\0');
    const parameters = startup.filter((_, index) => index % 2 === 0);
    expect(parameters.sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
    expect(startup).toContain('driver-test');
  });

  test('sends unnamed statements only, and leaves no session state behind', async () => {
    const { database, proxy } = await connected();
    const sent = recordSent(proxy);
    await database.run(statement('select $1::int4', 1), once());
    await database.transaction([note(1), note(2)], once());
    await failureOf(database.transaction([SYNTAX_ERROR], once()));
    const names = [...sent().matchAll(/P[\0-\x7f]{4}([^\0]*)\0(?:select|insert|selec) /g)].map((match) => match[1]);
    expect(names).toEqual(['', '', '', '']);
    expect(sent()).not.toMatch(/\b(set|listen|prepare|discard|deallocate)\b|pg_advisory_lock/i);
    expect(
      await superuser(`select from pg_stat_activity where datname = current_database() and state like 'idle in%'`),
    ).toEqual([]);
    const [state] = await database.run(
      statement(`select (select count(*) from pg_prepared_statements) as prepared,
        (select count(*) from pg_cursors where name <> '') as cursors, (select count(*) from pg_locks where locktype = 'advisory') as locks`),
      once(),
    );
    expect(state).toEqual({ prepared: 0, cursors: 0, locks: 0 });
  });
});

describe('a connection that ends while idle', () => {
  test('is reported, and the next call makes another', async () => {
    const { database, proxy, idleErrors } = await connected();
    await database.run(note(1), once());
    proxy.cutAll();
    await vi.waitFor(() => expect(idleErrors).toHaveLength(1));
    await database.run(note(2), once());
    expect(proxy.made).toBe(2);
  });

  test('is not missed when only the pooler lost its server', async () => {
    const { database } = await connected();
    await database.run(note(1), once());
    await superuser(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = 'tick_store_app'`);
    await database.run(note(2), twice());
    await database.transaction([note(3)], once());
    expect(await storedIds()).toEqual([1, 2, 3]);
  });

  test('has died unseen during a freeze: is asked before use, and replaced', async () => {
    const { database, proxy } = await connected();
    await database.run(note(1), once());
    proxy.judge((_, __, connection) => (connection === 0 ? 'drop' : 'forward'));
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    await database.run(note(2), once());
    expect(proxy.made).toBe(2);
    expect(proxy.open, 'the dead one is closed').toBe(1);
  });

  test('is asked after a freeze, and kept when it responds', async () => {
    const { database, proxy } = await connected();
    await database.run(note(1), once());
    const sent = recordSent(proxy);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    await database.run(note(2), once());
    expect(sent()).toContain('select 1');
    expect(proxy.made).toBe(1);
  });
});

describe('a call that takes too long', () => {
  test('waits for a lock up to lock_timeout: conflict', async () => {
    const { database } = await connected();
    await database.run(note(1), once());
    await withClient(testDatabase.superuserUrl, async (blocker) => {
      await blocker.query('begin; lock table public.notes');
      const error = await failureOf(database.transaction([note(2)], twice()));
      expect(error).toMatchObject({ kind: 'conflict', fields: { code: '55P03', rolledBack: true } });
      await blocker.query('rollback');
    });
    expect(await storedIds()).toEqual([1]);
  });

  test('runs up to statement_timeout: timeout, and nothing is written', async () => {
    const { database } = await connected();
    const error = await failureOf(database.transaction([note(1), statement('select pg_sleep(9)')], twice()));
    expect(error).toMatchObject({ kind: 'timeout', fields: { code: '57014', rolledBack: true } });
    expect(await storedIds()).toEqual([]);
  });

  test('runs up to the driver’s own limit: timeout, the connection is closed, and nothing is written', async () => {
    const { database, proxy } = await connected({ acquireTimeoutMs: 200, queryTimeoutMs: 200 });
    const error = await failureOf(
      database.session(async (session) => {
        await session.run(note(1));
        await session.run(statement('select pg_sleep(9)'));
      }, twice()),
    );
    expect(error).toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    expect(error.fields.code).toBeUndefined();
    await vi.waitFor(() => expect(proxy.open).toBe(0));
    await database.run(note(2), once());
    expect(await storedIds()).toEqual([2]);
  });

  test('runs up to the caller’s deadline: timeout', async () => {
    const { database, proxy } = await connected();
    const error = await failureOf(database.run(statement('select pg_sleep(9)'), once(1_000)));
    expect(error.kind).toBe('timeout');
    await vi.waitFor(() => expect(proxy.open).toBe(0));
  });

  test('with a deadline in the past sends nothing: timeout', async () => {
    const { database, proxy } = await connected();
    for (const call of [database.run(note(1), once(-1)), database.transaction([note(1)], once(100))]) {
      expect(await failureOf(call)).toMatchObject({ kind: 'timeout', fields: { rolledBack: true } });
    }
    expect(proxy.made).toBe(0);
  });
});

describe('a pooler that does not respond', () => {
  test.each([
    ['run', (database: PostgresDatabase) => database.run(note(1), once())],
    ['transaction', (database: PostgresDatabase) => database.transaction([note(1)], once())],
    ['session', (database: PostgresDatabase) => database.session((session) => session.run(note(1)), once())],
  ])('is overload for a %s after the time to acquire, and its connection is closed', async (_, call) => {
    const { database, proxy } = await connected({ acquireTimeoutMs: 300 });
    await database.run(statement('select 1'), once());
    proxy.blackHole();
    expect(await failureOf(call(database))).toMatchObject({ kind: 'overload' });
    await vi.waitFor(() => expect(proxy.open).toBe(0));
    proxy.heal();
    await database.run(note(2), once());
    expect(await storedIds()).toEqual([2]);
  });

  test('is overload for a new connection too', async () => {
    const { database, proxy } = await connected({ acquireTimeoutMs: 300 });
    proxy.blackHole('down');
    expect(await failureOf(database.run(note(1), twice()))).toMatchObject({ kind: 'overload' });
    proxy.heal();
    await vi.waitFor(async () =>
      expect(await database.run(statement('select 1 as one'), once())).toEqual([{ one: 1 }]),
    );
  });

  test('is unavailable when it refuses connections', async () => {
    const { database, proxy } = await connected();
    await proxy.stop();
    expect(await failureOf(database.run(note(1), once()))).toMatchObject({
      kind: 'unavailable',
      fields: { code: 'ECONNREFUSED', rolledBack: true },
    });
  });
});

describe('a connection lost in the middle', () => {
  test.each([
    ['run', (database: PostgresDatabase, options: CallOptions) => database.run(note(1), options)],
    ['transaction', (database: PostgresDatabase, options: CallOptions) => database.transaction([note(1)], options)],
    ['session', (database: PostgresDatabase, options: CallOptions) => database.session((s) => s.run(note(1)), options)],
  ])('before a %s was committed is tried again', async (_, call) => {
    const { database, proxy } = await connected();
    await database.run(statement('select 1'), once());
    let cut = false;
    proxy.judge((bytes, direction) => {
      if (cut || direction === 'down' || !bytes.includes('notes')) return 'forward';
      cut = true;
      return 'cut';
    });
    await call(database, twice());
    expect(await storedIds()).toEqual([1]);
    expect(proxy.made).toBe(2);
  });

  test('after COMMIT was sent is not a success, and is not tried again where that could write twice', async () => {
    const { database, proxy } = await connected();
    await database.run(statement('select 1'), once());
    for (const [id, call] of [
      [1, () => database.transaction([note(1)], once())],
      [2, () => database.session((session) => session.run(note(2)), once())],
    ] as const) {
      proxy.loseAnswerTo('commit');
      expect(await failureOf(call())).toMatchObject({ kind: 'unavailable', fields: { rolledBack: false } });
      proxy.heal();
      await vi.waitFor(async () => expect(await storedIds()).toContain(id));
    }
    expect(await storedIds()).toEqual([1, 2]);
  });

  test('after COMMIT was sent is tried again where that writes once', async () => {
    const { database, proxy } = await connected();
    const add: Statement = { ...note(1), text: `${note(1).text.replace(' returning id', '')} on conflict do nothing` };
    await database.run(statement('select 1'), once());
    let lost = 0;
    for (const call of [
      () => database.transaction([add], twice()),
      () => database.session((session) => session.run(add), twice()),
    ]) {
      let waiting = -1;
      const losses = lost;
      proxy.judge((bytes, direction, connection) => {
        if (direction === 'up' && bytes.includes('commit')) waiting = connection;
        if (direction === 'up' || connection !== waiting || lost > losses) return 'forward';
        lost++;
        return 'cut';
      });
      await call();
    }
    expect(lost).toBe(2);
    expect(await storedIds()).toEqual([1]);
  });

  test.each([1, 30_000, 100_000])('after %i bytes of a copy writes nothing', async (bytes) => {
    const { database, proxy } = await connected();
    await database.run(statement('select 1'), once());
    const ids = Array.from({ length: 20_000 }, (_, id) => id);
    const error = await failureOf(
      database.session(
        async (session) => {
          await session.run(note(-1));
          proxy.cutAfter(bytes, 'up');
          await session.copy('copy public.notes (id) from stdin (format binary)', [
            [array('int8', ids.slice(0, 10_000))],
            [array('int8', ids.slice(10_000))],
          ]);
        },
        { deadline: Date.now() + 3_000, idempotent: false },
      ),
    );
    expect(error.kind).toBe('unavailable');
    expect(error.fields.rolledBack).toBe(true);
    proxy.heal();
    // the lock waits for a transaction that still writes there
    await superuser('begin; lock table public.notes; commit');
    expect(await storedIds()).toEqual([]);
  });
});

test('a password that PgBouncer refuses is asked for anew, once', async () => {
  const right = new URL(testDatabase.appUrl).password;
  let password = 'of yesterday';
  let refused = 0;
  const { database } = await connected({
    password: async () => password,
    onPasswordRefused: () => {
      refused++;
      password = right;
    },
  });
  expect(await database.run(statement('select 1 as one'), once())).toEqual([{ one: 1 }]);
  expect(refused).toBe(1);
});
