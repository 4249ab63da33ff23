import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertLogFields } from '../../functions/contract/alert-logs.ts';
import { columnTypeOf, type Field } from '../../functions/contract/fields.ts';
import { tickFields } from '../../functions/contract/market-data.ts';
import { startService, type TestService } from '../support/service.ts';

/** The tables hold exactly the fields that the definition of their record kind names, so a new field needs its migration. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Columns that the store fills in itself. */
const KEYS = ['id', 'timestamp', 'instrument_id', 'bar_length', 'occurrence', 'revision', 'superseded'];
const OF_THE_STORE = [...KEYS, 'deleted_at', 'deleted_by'];

const kinds: readonly [table: string, store: string, fields: readonly Field[]][] = [
  ['market_data', 'store_ticks', tickFields],
  ['alert_logs', 'store_alert_logs', alertLogFields],
];

describe.each(kinds)('the table %s', (table, store, fields) => {
  test('has one column per field, of its type, in the order of the fields', async () => {
    const columns = await service.sql<{ name: string; type: string }>(
      `select attname as name, replace(typname, '_', '') as type
         from pg_attribute a join pg_type t on t.oid = a.atttypid
        where attrelid = ('tick_store.' || $1)::regclass and attnum > 0 and not attisdropped
        order by attnum`,
      [table],
    );
    const ofFields = columns.filter(({ name }) => !OF_THE_STORE.includes(name));
    expect(ofFields).toEqual(fields.map((field) => ({ name: field.column, type: columnTypeOf(field) })));
  });

  test('allows null exactly for optional fields', async () => {
    const columns = await service.sql<{ name: string }>(
      `select attname as name from pg_attribute
        where attrelid = ('tick_store.' || $1)::regclass and attnum > 0 and not attisdropped and attnotnull`,
      [table],
    );
    const required = fields.filter((field) => field.required || field.fallback !== undefined);
    expect(columns.map(({ name }) => name).filter((name) => !OF_THE_STORE.includes(name))).toEqual(
      required.map(({ column }) => column),
    );
  });

  test('is filled by a function that takes one array per field and writes each to its column', async () => {
    const functions = await service.sql<{ types: string[]; body: string }>(
      `select string_to_array(oidvectortypes(proargtypes), ', ') as types, prosrc as body
         from pg_proc where pronamespace = 'tick_store'::regnamespace and proname = $1`,
      [store],
    );
    const last = functions.map(({ types, body }) => ({ types: types.slice(-fields.length), body }));
    const types = await Promise.all(
      fields.map((field) =>
        service.sql<{ type: string }>(`select format_type(('_' || $1)::regtype, null) as type`, [columnTypeOf(field)]),
      ),
    );
    const found = last.find(({ types: taken }) => taken.join() === types.map(([row]) => row?.type).join());
    const [, columns = '', values = ''] = /\(([^)]*)\)\s+select (.*?);/s.exec(found?.body ?? '') ?? [];
    const listed = (text: string) => text.split(',').map((item) => item.trim());
    expect(listed(columns)).toEqual(['id', '"timestamp"', 'instrument_id', ...fields.map(({ column }) => column)]);
    const FIRST = 19;
    expect(listed(values)).toEqual([
      'taken * 65536 + unnest($16)',
      ...['unnest($17)', 'unnest($18)'],
      ...fields.map((_, at) => `unnest($${FIRST + at})`),
    ]);
  });
});
