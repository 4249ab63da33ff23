import { describe, expect, test } from 'vitest';
import { array } from '../../functions/database/database.ts';
import {
  connected,
  failureOf,
  note,
  once,
  prepareDriverTests,
  SYNTAX_ERROR,
  statement,
  storedIds,
  superuser,
  twice,
} from '../support/pg-driver-subject.ts';

prepareDriverTests();

describe('values', () => {
  test('int8 is returned as a number, timestamptz as ISO 8601 in UTC with six decimals, JSON parsed', async () => {
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

  test('arrays of every element type arrive unchanged, with nulls', async () => {
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

  test('scalars, bytes and Unicode text arrive unchanged', async () => {
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

  test('a row with nulls is inserted by COPY and read again', async () => {
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

  test('with an invalid statement fails as a bug, without a retry', async () => {
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
  test('may use one statement’s result in the next, and commits', async () => {
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
