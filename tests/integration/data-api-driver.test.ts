import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { array, type ElementType, type Statement } from '../../functions/database/database.ts';
import {
  backend,
  callsFrom,
  database,
  note,
  notes,
  pg,
  prepareDriverTests,
  soon,
  statement,
} from '../support/data-api-driver-subject.ts';

prepareDriverTests();

/** A result size that makes the driver fetch in several pieces from the start. */
const LARGE = { rows: 1, rowBytes: 1024 * 1024 };

const MIB = 1024 * 1024;

describe('values', () => {
  test('are returned as on the pg backend, whatever their type', async () => {
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
  // from 1716: Postgres counts microseconds from 2000, and for earlier dates that count exceeds 2^53
  const micros = fc.integer({ min: -8_000_000_000_000_000, max: Number.MAX_SAFE_INTEGER });
  const column: Record<ElementType, fc.Arbitrary<number | string>> = {
    int4: fc.integer(),
    int8: fc.maxSafeInteger(),
    float8: double,
    timestamptz: micros,
    text,
  };

  test.each(Object.keys(column) as ElementType[])(
    'arrive exactly in arrays of %s, with nulls anywhere',
    async (element) => {
      const item = column[element];
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(item, { nil: null }), { maxLength: 30 }), async (items) => {
          const values =
            element === 'text'
              ? (items as (string | null)[])
              : Float64Array.from(items, (one) => (one as number) ?? Number.NaN);
          // as text, because Postgres then shows every digit of a double
          const ask = statement(`select item::text from unnest($1::${element}[]) item`, array(element, values));
          expect(await database.run(ask, soon())).toEqual(await pg.run(ask, soon()));
        }),
        { numRuns: 40 },
      );
    },
  );

  test('arrive exactly as scalars', async () => {
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

  test('replace placeholders, and nothing that only looks like one', async () => {
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

describe('limits', () => {
  const echo = (text: string) => statement('select length($1::text) as length, md5($1::text) as hash', text);

  test.each([
    ['just under 4 MiB', 'x'.repeat(4 * MIB - 80_000), 0],
    ['just over it', 'x'.repeat(4 * MIB), 2],
    ['that grows when it is escaped', '"\\'.repeat(1_200_000), 2],
    ['of characters outside the basic plane', '𝄞'.repeat(1_500_000), 2],
    ['of 11 MB', 'é'.repeat(5_500_000), 3],
  ])('a value %s is stored', async (_, value, uploads) => {
    const before = backend.endpoint.calls.length;
    expect(await database.run(echo(value), soon())).toEqual(await pg.run(echo(value), soon()));
    const calls = callsFrom(backend.endpoint.calls, before);
    expect(calls.filter((call) => call === 'Execute')).toHaveLength(uploads + 1);
    expect(calls.includes('BeginTransaction')).toBe(uploads > 0);
  });

  test('columns of 65,536 rows are stored by one statement', async () => {
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
  ])('%s is returned whole, fetched in pieces or not', async (_, rows, bytes) => {
    const ask = series(rows, bytes);
    const expected = await pg.run(ask, soon());
    expect(await database.run(ask, soon())).toEqual(expected);
    expect(await database.run({ ...ask, expected: LARGE }, soon())).toEqual(expected);
    expect((await database.transaction([note(1_000_000 + rows * 10_000_000 + bytes), ask], soon()))[1]).toEqual(
      expected,
    );
  });

  test('a transaction that is retried because of a large result takes effect once', async () => {
    await database.transaction([note(77, 'once'), series(10_000, 200)], soon());
    expect((await notes()).filter(([id]) => id === 77)).toEqual([[77, 'once']]);
  });

  test('a call that is not idempotent is not retried although its result was too large', async () => {
    const insert = statement(`insert into tick_store.notes values (78, 'y') returning repeat('x', 100000) as words`);
    await expect(database.run(insert, { ...soon(), idempotent: false })).rejects.toMatchObject({ kind: 'bug' });
  });
});

describe('transactions', () => {
  test('commit everything or nothing, and leave no transaction open', async () => {
    await database.transaction([note(1), note(2)], soon());
    await expect(database.transaction([note(3), note(1)], soon())).rejects.toMatchObject({
      kind: 'constraint',
      fields: { code: '23505', constraint: 'notes_pkey', statement: 'test', rolledBack: true },
    });
    expect((await notes()).map(([id]) => id)).not.toContain(3);
    expect(backend.endpoint.openTransactions).toBe(0);
  });

  test('are rolled back by an error of the session’s work, which the caller gets', async () => {
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

  test('have no COPY, as the capabilities say', async () => {
    expect(database.capabilities).toEqual({ copy: false, errorDetail: false, poolerView: false });
    await expect(database.session((session) => session.copy('copy x from stdin', []), soon())).rejects.toThrow(
      'no COPY',
    );
  });
});
