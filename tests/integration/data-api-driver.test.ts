import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  array,
  type Database,
  type ElementType,
  type ObservedCall,
  type Statement,
} from '../../functions/database/database.ts';
import type { DataApiDatabase } from '../../functions/database/drivers/data-api.ts';
import { PgDatabase } from '../../functions/database/drivers/pg.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { connect, type DataApiRoute, openDataApi } from '../support/routes/data-api.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let copy: TestDatabase;
let route: DataApiRoute;
let database: DataApiDatabase;
let pg: PgDatabase;

beforeAll(async () => {
  copy = await createTestDatabase(inject('postgres'));
  await withClient(copy.ownerUrl, (client) =>
    client.query(`create table tick_store.notes (id int8 primary key, note text);
      grant select, insert, update on tick_store.notes to tick_store_app`),
  );
  route = await connect(copy);
  database = route.open();
  pg = new PgDatabase({
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
  await route.stop();
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
  test('come back as on the pg route, whatever their type', async () => {
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
    expect(await database.run({ ...all, large: true }, soon())).toEqual([expected]);
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
          expect(found).toMatchObject({ d: all[0], i: all[1], t: all[2], b: all[3], n: null });
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
