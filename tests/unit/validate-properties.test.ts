import fc from 'fast-check';
import { expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { alertLogFields, alertLogRecord } from '../../functions/contract/alert-logs.ts';
import type { Field } from '../../functions/contract/fields.ts';
import { tickFields, tickRecord } from '../../functions/contract/market-data.ts';
import type { Validated } from '../../functions/ingest/validate-records.ts';
import { alert } from '../support/records.ts';
import { tick } from '../support/ticks.ts';
import { NOW, validateAlertLogs, validateTicks, valuesOf } from '../support/validation.ts';

/**
 * The schema in the OpenAPI document says what a record may be, and `validate.ts` does the work: they must not disagree.
 * The schema knows no references, no calendar, and no rule over two fields.
 */
const UNKNOWN_TO_THE_SCHEMA = new Set([
  'required',
  'unknown_instrument',
  'instrument_mismatch',
  'unknown_rule',
  'high_below_low',
  'missing_offset',
  'too_precise',
  'invalid_timestamp',
  'ambiguous_time_unit',
  'empty_record',
  'out_of_range',
  'invalid_text',
]);

/** Mostly the first, and now and then the second. */
const mostly = <T, U>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: rare });

const number = mostly(
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.oneof(fc.double(), fc.constantFrom(-0, Number.MAX_VALUE, 5e-324, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY)),
);
const time = mostly(
  fc.date({ min: new Date(0), max: new Date(NOW), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.getTime()),
);
const anything = fc.oneof(fc.jsonValue(), fc.string(), number, fc.constant(null));

/** Values that a field takes, mostly, and values of any kind. */
function inputOf(field: Field): fc.Arbitrary<unknown> {
  const right: Record<Field['kind'], fc.Arbitrary<unknown>> = {
    number,
    integer: field.name === 'ruleId' ? mostly(fc.constant(7), fc.constant(8)) : fc.integer(),
    timestamp: time,
    text: mostly(fc.string(), fc.string({ minLength: field.maxLength ?? 0 })),
    choice: mostly(fc.constantFrom(...(field.choices ?? [''])), fc.constant('other')),
  };
  return mostly(right[field.kind], anything);
}

function recordOf(fields: readonly Field[], base: object): fc.Arbitrary<object> {
  const some = fc.record(
    {
      timestamp: mostly(time, anything),
      symbol: mostly(fc.constant('ES'), anything),
      instrumentId: mostly(fc.constant(1), anything),
      ...Object.fromEntries(fields.map((field) => [field.name, inputOf(field)])),
    },
    { requiredKeys: [] },
  );
  const surplus = fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    anything,
    { maxKeys: 1 },
  );
  const more = mostly(fc.constant({}), surplus);
  return fc.tuple(some, more).map(([fieldsOfIt, others]) => ({ ...base, ...fieldsOfIt, ...others }));
}

const cases: [string, readonly Field[], z.ZodMiniType, object, (records: readonly unknown[]) => Validated][] = [
  ['tick', tickFields, tickRecord, tick(), validateTicks],
  ['alert log', alertLogFields, alertLogRecord, alert(7), validateAlertLogs],
];

test.each(cases)(
  'the schema of a %s accepts what validation accepts, and rejects what it rejects',
  (_, fields, schema, base, validate) => {
    const seen = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(recordOf(fields, base), (record) => {
        const { rejections } = validate([record]);
        const [rejection] = rejections;
        const valid = schema.safeParse(record).success;
        if (rejection === undefined) {
          seen.accepted++;
          expect([record, valid]).toEqual([record, true]);
        } else {
          seen.rejected++;
          if (!UNKNOWN_TO_THE_SCHEMA.has(rejection.code))
            expect([record, rejection, valid]).toEqual([record, rejection, false]);
        }
      }),
      { numRuns: 1000 },
    );
    expect(seen.accepted).toBeGreaterThan(50);
    expect(seen.rejected).toBeGreaterThan(50);
  },
);

test.each(cases)(
  'no JSON makes the validation of a %s throw, and every record has one outcome',
  (_, _fields, _schema, base, validate) => {
    const record = fc
      .oneof(fc.jsonValue(), fc.constant(base))
      .filter((json) => !JSON.stringify(json).includes('__proto__'));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const { columns, received, rejected, rejections } = validate(records);
        const indexes = [...columns.indexes.slice(0, columns.length), ...rejected].sort((a, b) => a - b);
        expect(indexes).toEqual(records.map((_, index) => index));
        expect([received, rejections.map(({ index }) => index)]).toEqual([records.length, rejected]);
      }),
    );
  },
);

test('the values of accepted ticks are in the columns as they were sent', () => {
  fc.assert(
    fc.property(fc.array(recordOf(tickFields, tick()), { maxLength: 20 }), (records) => {
      const batch = validateTicks(records);
      for (const { name } of tickFields) {
        const sent = [...batch.columns.indexes.slice(0, batch.columns.length)].map(
          (index) => (records[index] as Record<string, unknown>)[name] ?? null,
        );
        expect(valuesOf(batch, name)).toEqual(sent);
      }
    }),
  );
});
