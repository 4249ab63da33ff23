import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tickFields } from '../../functions/contract/market-data.ts';
import { escapesIn } from '../../functions/http/page-response.ts';
import type { TickTextRow } from '../../functions/market-data/sql/select-ticks.ts';
import { type Precision, tickTexts } from '../../functions/market-data/write-ticks.ts';
import { roundPrice } from '../../functions/records/record-rows.ts';

/** The JSON of a row that is written without an object is what JSON.stringify makes of the object. */

/** A double as Postgres writes it: the shortest digits, with an exponent from 1e15 on and below 1e-4. */
function postgresText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power < 15 && power >= -4) return value === 0 ? '0' : plain(mantissa, power);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plain(mantissa: string, power: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const padded = digits.padEnd(power + 1, '0');
  return padded.length === power + 1
    ? sign + padded
    : `${sign}${padded.slice(0, power + 1)}.${padded.slice(power + 1)}`;
}

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc
    .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 8 }))
    .map(([digits, places]) => digits / 10 ** places),
  fc.constantFrom(0, -0, 0.1 + 0.2, 1e15, 1e-5, 0.00001, 1e21, 5e-324, 2251799813685249.5, 2 ** 53, 1.005, 1234567.1),
);
const doubles = tickFields.filter(({ kind }) => kind === 'number');
const row: fc.Arbitrary<TickTextRow> = fc
  .record({
    id: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    timestamp: fc.constant('2026-01-01T00:00:00.000001Z'),
    instrument_id: fc.integer({ min: 1, max: 9 }),
    symbol: fc.constantFrom('ES', 'A"B', 'Ä\\€', '株'),
    price_decimals: fc.integer({ min: 0, max: 10 }),
    deleted_at: fc.constantFrom(null, '2026-01-02T00:00:00.000000Z'),
    deleted_by: fc.constantFrom(null, 7),
    asText: fc.boolean(),
    values: fc.array(fc.option(double, { freq: 8 }), { minLength: doubles.length, maxLength: doubles.length }),
    sequence: fc.option(fc.integer()),
  })
  .map(({ asText, values, sequence, ...head }) => {
    const written = values.map((value) => (value !== null && asText ? postgresText(value) : value));
    const columns = Object.fromEntries(doubles.map(({ column }, place) => [column, written[place]]));
    return { ...head, ...columns, sequence } as unknown as TickTextRow;
  });

test.each<Precision>(['instrument', 'stored'])(
  'as JSON and as an object a row says the same, prices as %s',
  (precision) => {
    fc.assert(
      fc.property(row, (one) => {
        const { jsonOf, objectOf, escapesOf } = tickTexts(precision);
        expect(jsonOf(one)).toBe(JSON.stringify(objectOf(one)));
        expect(escapesOf(one)).toBe(escapesIn(jsonOf(one)));
      }),
      { numRuns: 2_000 },
    );
  },
);

test('rounding a price, with or without further decimals, is the same as toFixed', () => {
  fc.assert(
    fc.property(double, fc.integer({ min: 0, max: 12 }), (value, decimals) => {
      fc.pre(Math.abs(value) < Number.MAX_SAFE_INTEGER);
      const fixed = Number(value.toFixed(decimals));
      expect(roundPrice(value, decimals)).toBe(fixed === 0 && value !== 0 ? Number(value.toPrecision(6)) : fixed);
    }),
    { numRuns: 5_000 },
  );
});
