import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { formatTimestamp } from '../../functions/contract/time.ts';
import { array, type CallOptions, type ElementType } from '../../functions/database/database.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';

/** The binary formats are checked against what Postgres makes of the bytes. */

let testDatabase: TestDatabase;
let database: PostgresDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase(inject('postgres'));
  await withClient(testDatabase.superuserUrl, (client) =>
    client.query(`create table public.bytes (row int4, int4 int4, int8 int8, float8 float8, timestamptz timestamptz, text text);
                  grant select, insert on public.bytes to tick_store_app`),
  );
  database = new PostgresDatabase({
    url: testDatabase.appUrl,
    applicationName: 'pg-binary',
    acquireTimeoutMs: 10_000,
    queryTimeoutMs: 10_000,
    recycleSeconds: 3600,
    onIdleError: () => undefined,
  });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const options = (): CallOptions => ({ deadline: Date.now() + 20_000, idempotent: false });

/** Possible values of a column per type; null as the database port represents it. */
const VALUES: Record<ElementType, fc.Arbitrary<number | string | null>> = {
  int4: fc.integer(),
  int8: fc.maxSafeInteger(),
  float8: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(-0, 5e-324, Number.MAX_VALUE)),
  timestamptz: fc.oneof(fc.nat({ max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 4_102_444_800_000_000 })),
  text: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
};
const ELEMENTS = Object.keys(VALUES) as ElementType[];

const row = fc.record(
  Object.fromEntries(ELEMENTS.map((element) => [element, fc.option(VALUES[element], { freq: 3 })])),
);
const rows = fc.array(row as fc.Arbitrary<Record<ElementType, number | string | null>>, {
  minLength: 1,
  maxLength: 40,
});

/** A column as the driver takes it, and the row that it returns. */
const columnOf = (records: readonly Record<ElementType, number | string | null>[], element: ElementType) =>
  array(element, records.map((record) => record[element] ?? (element === 'text' ? null : Number.NaN)) as number[]);
const expectedRow = (record: Record<ElementType, number | string | null>) => ({
  ...record,
  timestamptz: record.timestamptz === null ? null : formatTimestamp(record.timestamptz as number),
});

test('arrays of every type arrive as they were sent', async () => {
  const text = `select ${ELEMENTS.map((element, index) => `unnest($${index + 2}::${element}[]) as ${element}`).join()}, unnest($1::int4[]) as row`;
  await fc.assert(
    fc.asyncProperty(rows, async (records) => {
      const indexes = array(
        'int4',
        records.map((_, index) => index),
      );
      const values = [indexes, ...ELEMENTS.map((element) => columnOf(records, element))];
      const result = await database.run({ name: 'unnest', text, values }, options());
      expect(result).toEqual(records.map((record, index) => ({ ...expectedRow(record), row: index })));
    }),
    { numRuns: 60 },
  );
});

test('rows of COPY arrive as they were sent, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 41 }), async (records, size) => {
      function* chunks() {
        for (let from = 0; from < records.length; from += size) {
          const part = records.slice(from, from + size);
          yield [
            array(
              'int4',
              part.map((_, index) => from + index),
            ),
            ...ELEMENTS.map((element) => columnOf(part, element)),
          ];
        }
      }
      const undone = new Error('rolls back');
      let result: unknown;
      const copied = database.session(async (session) => {
        await session.copy(`copy public.bytes (row, ${ELEMENTS.join()}) from stdin (format binary)`, chunks());
        result = await session.run({ name: 'read', text: 'select * from public.bytes order by row', values: [] });
        throw undone;
      }, options());
      await expect(copied).rejects.toBe(undone);
      expect(result).toEqual(records.map((record, index) => ({ ...expectedRow(record), row: index })));
    }),
    { numRuns: 60 },
  );
});
