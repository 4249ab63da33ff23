import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchMediaType } from '../../functions/contract/batches.ts';
import { PLAIN_DIALECT } from '../../functions/contract/dialect.ts';
import { tickFields } from '../../functions/contract/market-data.ts';
import { parseBatch } from '../../functions/ingest/parse-batch.ts';
import { NOW, validateTicks } from '../support/validation.ts';

/** A field's value as JSON writes it; a CSV cell has the same text, without quotation marks. */
const number = fc.oneof(
  fc.double().filter(Number.isFinite).map(String),
  fc.integer().map(String),
  fc
    .tuple(fc.integer({ min: 0, max: 10 ** 9 }), fc.stringMatching(/^\d{1,20}$/))
    .map(([whole, decimals]) => `${whole}.${decimals}`),
  fc.constantFrom(
    '-0',
    '0.30000000000000004',
    '1e400',
    '1e-400',
    '-1E+3',
    '5e-324',
    '9007199254740993',
    '4503599627370497.5',
    '1.0',
  ),
);
const millis = fc.integer({ min: -1e12, max: Date.parse(NOW) + 2 * 86_400_000 });
const time = fc.oneof(
  millis.map((ms) => JSON.stringify(new Date(ms).toISOString())),
  millis.map(String),
  fc.tuple(millis, fc.stringMatching(/^\d{1,8}$/)).map(([ms, decimals]) => `${ms}.${decimals}`),
  fc.constantFrom(
    '1.7356896e12',
    '1735689600000.0004',
    '1735689600',
    '17356896000000e-1',
    '20240102',
    '202401020931',
    '1735689600000000',
  ),
  fc
    .constantFrom(
      '"2024-01-02"',
      '"2024-13-01T00:00:00Z"',
      '"tomorrow"',
      '"2024-01-02T09:30:00.1234567Z"',
      '"1735689600000"',
    )
    .filter((text) => !/"\d+"|"2024-01-02"/.test(text)),
);
const sequence = fc.oneof(number, fc.maxSafeInteger().map(String));
const symbol = fc.constantFrom('"ES"', '"NQ"', '"es"', '"XX"', '"A \\"B\\""');
const maybe = (value: fc.Arbitrary<string>) => fc.option(value, { nil: 'null', freq: 4 });

const records = fc.array(
  fc.record({
    timestamp: time,
    symbol: maybe(symbol),
    instrumentId: maybe(fc.constantFrom('1', '2', '3', '1.5', '1e0')),
    ...Object.fromEntries(tickFields.map(({ name }) => [name, maybe(name === 'sequence' ? sequence : number)])),
  } as Record<string, fc.Arbitrary<string>>),
  { minLength: 1, maxLength: 5 },
);

const csvCell = (json: string): string => {
  if (json === 'null') return '';
  return json.startsWith('"') ? `"${(JSON.parse(json) as string).replaceAll('"', '""')}"` : json;
};

function bodies(batch: readonly Record<string, string>[]): [BatchMediaType, string][] {
  const objects = batch.map(
    (record) =>
      `{${Object.entries(record)
        .map(([name, text]) => `"${name}":${text}`)
        .join()}}`,
  );
  const titles = Object.keys(batch[0] ?? {});
  const lines = batch.map((record) => titles.map((title) => csvCell(record[title] ?? '')).join());
  return [
    ['application/json', `{"records":[${objects.join()}]}`],
    ['application/x-ndjson', objects.join('\n')],
    ['text/csv', [titles.join(), ...lines].join('\n')],
    ['text/tab-separated-values', [titles.join('\t'), ...lines.map((line) => line.replaceAll(',', '\t'))].join('\n')],
  ];
}

/** Which records are accepted, why the others are not, and all values of the accepted ones. */
function outcomeOf([mediaType, text]: [BatchMediaType, string]): object {
  const { records: parsed } = parseBatch({ text, mediaType }, tickFields, PLAIN_DIALECT);
  const { columns, rejections } = validateTicks(parsed);
  const values = [
    columns.indexes,
    columns.timestamps,
    columns.instruments,
    ...columns.columns.map((column) => column.values),
  ];
  return {
    codes: rejections.map(({ index, code, path }) => [index, code, path]),
    values: values.map((column) => [...column].slice(0, columns.length)),
  };
}

describe('a number that is not zero, and whose nearest double is, is rejected in every format', () => {
  const tiny = ['1e-400', '-1E-400', `0.${'0'.repeat(330)}1`, '123e-0330', `0.${'0'.repeat(250)}9e-90`];
  test.each(tiny.flatMap((text) => ['price', 'volume', 'sequence'].map((name) => [text, name] as const)))(
    '%s as %s',
    (text, name) => {
      const record = { timestamp: '1735689600000', symbol: '"ES"', bid: '1', [name]: text };
      const code = name === 'sequence' ? 'invalid_type' : 'out_of_range';
      for (const body of bodies([record])) expect(outcomeOf(body)).toMatchObject({ codes: [[0, code, name]] });
    },
  );
  test.each(['0', '-0', '0e-400', '0.0E-999', `0.${'0'.repeat(330)}`, '5e-324', '3e-324'])('%s is not', (price) => {
    const record = { timestamp: '1735689600000', symbol: '"ES"', price };
    for (const body of bodies([record])) expect(outcomeOf(body)).toMatchObject({ codes: [] });
  });
});

test('for any record, JSON, NDJSON, CSV and tab-separated values give one verdict and store the same', () => {
  const seen = { accepted: 0, rejected: 0 };
  fc.assert(
    fc.property(records, (batch) => {
      const [json, ...others] = bodies(batch).map(outcomeOf) as { codes: unknown[]; values: unknown[][] }[];
      for (const other of others) expect(other).toEqual(json);
      seen.accepted += json?.values[0]?.length ?? 0;
      seen.rejected += json?.codes.length ?? 0;
    }),
    { numRuns: 2000 },
  );
  expect(seen.accepted).toBeGreaterThan(50);
  expect(seen.rejected).toBeGreaterThan(50);
}, 120_000);
