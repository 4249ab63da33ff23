import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_LINE_BYTES } from '../../functions/contract/batches.ts';
import { PLAIN_DIALECT } from '../../functions/contract/dialect.ts';
import { tickFields } from '../../functions/contract/market-data.ts';
import type { Problem } from '../../functions/contract/problem.ts';
import type { TimeDialect } from '../../functions/contract/record-time.ts';
import { codesOf } from '../../functions/ingest/json-text.ts';
import { parseBatch } from '../../functions/ingest/parse-batch.ts';
import { jsonColumns, lineColumns } from '../../functions/ingest/read-json-columns.ts';
import type { Validated } from '../../functions/ingest/validate-records.ts';
import { tick, ticks } from '../support/ticks.ts';
import { contentsOf, NOW, REFERENCES, readBothWays, validateTicks } from '../support/validation.ts';

/** What the one pass from text to columns reads is what parsing and validating make of the same text. Else it reads nothing. */

const ISO: TimeDialect = { missingOffset: 'refuse', truncate: false };

const optionsFor = (instrumentId?: number, time = ISO) => ({
  ...{ fields: tickFields, references: REFERENCES, instrumentId, time },
  nowMicros: Date.parse(NOW) * 1000,
});

const inOnePass = (text: string, instrumentId?: number, time = ISO): Validated | undefined =>
  readBothWays(() => jsonColumns(text, optionsFor(instrumentId, time)))?.validated;

/** The other way; what it throws is a refusal as a whole. */
function byRecords(text: string, instrumentId?: number, time = ISO): Validated | Problem {
  try {
    const { records } = parseBatch({ text, mediaType: 'application/json' }, tickFields, PLAIN_DIALECT);
    return validateTicks(records, { instrumentId, time });
  } catch (problem) {
    return problem as Problem;
  }
}

/** The one pass agrees with the other way, or leaves the text to it. */
function expectAgreement(text: string, instrumentId?: number, time?: TimeDialect): boolean {
  const quick = inOnePass(text, instrumentId, time);
  if (quick === undefined) return false;
  expect(contentsOf(quick)).toEqual(contentsOf(byRecords(text, instrumentId, time) as Validated));
  return true;
}

const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,17})(\.\d{1,17})?([eE][+-]?\d{1,3})?$/);
const number = fc.oneof(
  { weight: 6, arbitrary: digits },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '-0',
      '0',
      '1e400',
      '1e-400',
      '-1',
      '01',
      '1.',
      '.5',
      '+1',
      '0x1',
      '9007199254740993',
      'NaN',
      '1 2',
      '"1"',
      'true',
      '[]',
      '{}',
    ),
  },
);
const time = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.integer({ min: 0, max: Date.parse(NOW) }).map((ms) => JSON.stringify(new Date(ms).toISOString())),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1e11, max: Date.parse(NOW) }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"2026-01-01"',
      '"2026-01-01T00:00:00.1234567Z"',
      '"2026-01-01T00:00:00+02:00"',
      '1767225600',
      '1767225600000.04',
      '1767225600000.0004',
      '"yesterday"',
      'null',
      '"2026-01-01T00:00:00\\u005a"',
    ),
  },
);
const value = (name: string): fc.Arbitrary<string> => {
  if (name === 'timestamp') return time;
  // the low byte of Ģ is that of a quotation mark
  if (name === 'symbol')
    return fc.constantFrom('"ES"', '"ES"', '"NQ"', '"E\\u0053"', '"XX"', '"Ģ"', '"{ES"', 'null', '7');
  if (name === 'instrumentId') return fc.constantFrom('1', '1', '2', '3', '1.0', '1e0', 'null', '"1"');
  return fc.oneof({ weight: 8, arbitrary: number }, { weight: 1, arbitrary: fc.constant('null') });
};
const space = fc.constantFrom('', '', '', '', '', '', ' ', '\n', '\t ', '\r\n', '\u00a0');
const member = fc
  .constantFrom(
    'timestamp',
    'symbol',
    'instrumentId',
    ...tickFields.map(({ name }) => name),
    'pr\\u0069ce',
    'other',
    '__proto__',
  )
  .chain((name) => fc.tuple(space, value(name)).map(([gap, text]) => `${gap}"${name}"${gap}:${gap}${text}${gap}`));
/** A record that is right but for what the members say. */
const record = fc
  .tuple(
    fc.integer({ min: 0, max: 5 }).map((drawn) => drawn > 0),
    fc.array(member, { maxLength: 2 }),
  )
  .map(
    ([complete, members]) =>
      `{${[...(complete ? ['"timestamp":"2026-01-01T00:00:00.000001Z","symbol":"ES","price":1.5'] : []), ...members].join(',')}}`,
  );
const body = fc
  .tuple(
    fc.array(record, { maxLength: 3 }),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom(',', ']', '}', ' ', '{"records":[]}', '\u0000') },
    ),
  )
  .map(([records, end]) => `{"records":[${records.join(',')}]}${end}`);

test('a text has one code per position, and zeros behind it', () => {
  const codes = codesOf('a"Ģé😀}');
  expect([...codes.subarray(0, 7)]).toEqual([97, 34, 0xff, 0xff, 0xff, 0xff, 125]);
  expect([...codesOf('{}').subarray(0, 2)]).toEqual([123, 125]);
  for (const text of ['{}', 'a"Ģé😀}']) expect([...codesOf(text).subarray(text.length)]).toEqual(Array(16).fill(0));
});

test('any text is read as by parsing and validating, or left to them', () => {
  let read = 0;
  fc.assert(
    fc.property(body, fc.constantFrom(undefined, undefined, 1, 2), (text, instrumentId) => {
      if (expectAgreement(text, instrumentId)) read++;
    }),
    { numRuns: 3_000 },
  );
  expect(read).toBeGreaterThan(100);
});

/** Records that are alike, white space included, but for one place: what was learnt from the records before must not hide it. */
const alike = fc
  .record({
    names: fc
      .subarray(['bid', 'ask'])
      .chain((more) => fc.shuffledSubarray(['timestamp', 'symbol', 'price', ...more], { minLength: 3 + more.length })),
    gaps: fc.array(fc.constantFrom('', '', ' ', '\n', '\r\n\t'), { minLength: 4, maxLength: 4 }),
    count: fc.integer({ min: 2, max: 5 }),
    where: fc.nat(),
    instead: fc.constantFrom(
      '',
      '',
      '',
      ' ',
      '\n',
      ',',
      ':',
      '"',
      '{',
      '}',
      ',,',
      '\u00a0',
      '"price":1,',
      '"ask":null,',
      'null',
    ),
    removed: fc.constantFrom(0, 0, 1, 2),
  })
  .map(({ names, gaps: [before, behind, colon, end], count, where, instead, removed }) => {
    const values: Record<string, string> = { timestamp: '1767225600000', symbol: '"ES"' };
    const members = names.map((name) => `${before}"${name}"${behind}:${colon}${values[name] ?? '1.5'}`);
    const record = `{${members.join(`${end},`)}${end}}`;
    const body = Array.from({ length: count }, () => record).join(`,${before}`);
    const place = where % body.length;
    return `{"records":[${body.slice(0, place)}${instead}${body.slice(place + removed)}]}`;
  });

test('records that differ in one place are read as by parsing and validating, or left to them', () => {
  let read = 0;
  fc.assert(
    fc.property(alike, (text) => {
      if (expectAgreement(text)) read++;
    }),
    { numRuns: 5_000 },
  );
  expect(read).toBeGreaterThan(100);
});

test('numbers are the doubles that JSON.parse makes of them', () => {
  fc.assert(
    fc.property(fc.array(digits, { minLength: 1, maxLength: 9 }), (texts) => {
      const names = tickFields.filter(
        (field) => !('nonNegative' in field) && field.kind === 'number' && !/^(high|low)/.test(field.name),
      );
      const members = texts.slice(0, names.length).map((text, place) => `"${names[place]?.name}":${text}`);
      expectAgreement(`{"records":[{"timestamp":1767225600000,"symbol":"ES",${members.join(',')}}]}`);
    }),
    { numRuns: 3_000 },
  );
});

const line = fc
  .tuple(space, record, fc.constantFrom('', '', '', ' ', '\r', ','))
  .map(([gap, text, end]) => `${gap}${text}${end}`);
const lines = fc
  .array(
    fc.oneof({ weight: 8, arbitrary: line }, { weight: 1, arbitrary: fc.constantFrom('', ' ', '\r', '\u00a0', '[]') }),
    {
      maxLength: 4,
    },
  )
  .map((all) => all.join('\n'));

/** As `expectAgreement`, of a record per line. */
function expectLinesAgree(text: string): boolean {
  const quick = readBothWays(() => lineColumns(text, optionsFor()));
  if (quick === undefined) return false;
  const parsed = parseBatch({ text, mediaType: 'application/x-ndjson' }, tickFields, PLAIN_DIALECT);
  expect(quick.lines).toEqual(parsed.lines);
  expect(contentsOf(quick.validated)).toEqual(contentsOf(validateTicks(parsed.records, { lines: parsed.lines })));
  return true;
}

test('any lines are read as by parsing and validating, or left to them', () => {
  let read = 0;
  fc.assert(
    fc.property(lines, (text) => {
      if (expectLinesAgree(text)) read++;
    }),
    { numRuns: 3_000 },
  );
  expect(read).toBeGreaterThan(100);
});

test('a record per line is read in one pass, with blank lines, CRLF and white space between', () => {
  const [first, second] = ticks(2).map((each) => JSON.stringify(each));
  expect(expectLinesAgree(`${first}\n${second}`)).toBe(true);
  expect(expectLinesAgree(`\n ${first}\r\n\r\n\t${second} \n\n`)).toBe(true);
});

test('lines that repeat the white space of the previous line are read in one pass, and one that continues in the next line is not', () => {
  const line = '{ "timestamp": 1767225600000, "symbol": "ES" , "price": 1.5 }';
  expect(expectLinesAgree([line, line, line].join('\n'))).toBe(true);
  expect(expectLinesAgree([line, line, line.replace(' , ', '\n,')].join('\n'))).toBe(false);
});

test('each blank line is scanned once, however many there are', () => {
  const [first, second] = ticks(2).map((each) => JSON.stringify(each));
  expect(expectLinesAgree(`${first}${'\n'.repeat(300_000)}${second}`)).toBe(true);
});

test('a record in two lines, two in one, and lines that are too long are left to parsing', () => {
  const record = JSON.stringify(tick());
  const spread = JSON.stringify(tick(), null, 1);
  for (const text of [
    spread,
    `${record}${record}`,
    `${record},\n${record}`,
    `${' '.repeat(MAX_LINE_BYTES)}${record}`,
    '\n\n',
  ])
    expect(readBothWays(() => lineColumns(text, optionsFor()))).toBeUndefined();
});

describe('is read in one pass', () => {
  const usual: [string, string][] = [
    ['a feed', JSON.stringify({ records: ticks(50, { volume: 1, bid: -0.25, sequence: 7 }) })],
    ['with white space', JSON.stringify({ records: ticks(3) }, null, 2)],
    [
      'with fields in another order in each record',
      JSON.stringify({ records: [tick({ bid: 1, ask: 2 }), { ask: 1, bid: 2, ...tick() }] }),
    ],
    ['with nulls', JSON.stringify({ records: [tick({ volume: null, sequence: null, instrumentId: null })] })],
    ['with an id next to the symbol', JSON.stringify({ records: [tick({ instrumentId: 1 })] })],
    ['with epoch milliseconds', JSON.stringify({ records: [tick({ timestamp: 1_767_225_600_000 })] })],
    ['with 17 digits', '{"records":[{"timestamp":1767225600000,"symbol":"ES","price":4300.1234567890123}]}'],
  ];
  test.each(usual)('%s', (_, text) => expect(expectAgreement(text)).toBe(true));
});

describe('is left to parsing and validating', () => {
  const odd: [string, string][] = [
    ['a record that would be rejected', JSON.stringify({ records: [tick(), tick({ volume: -1 })] })],
    ['a record without a value', JSON.stringify({ records: [tick({ price: null })] })],
    ['a high below its low', JSON.stringify({ records: [tick({ highPrice: 1, lowPrice: 2 })] })],
    ['an unknown instrument', JSON.stringify({ records: [tick({ symbol: 'XX' })] })],
    ['two instruments in one record', JSON.stringify({ records: [tick({ instrumentId: 2 })] })],
    ['an unknown field', JSON.stringify({ records: [tick({ other: 1 })] })],
    ['a repeated key', '{"records":[{"timestamp":1767225600000,"symbol":"ES","price":1,"price":1}]}'],
    ['another key of the body', JSON.stringify({ records: [tick()], atomic: true })],
    ['no records', '{"records":[]}'],
    ['a number as text', JSON.stringify({ records: [tick({ price: '1' })] })],
    ['a number beyond any double', '{"records":[{"timestamp":1767225600000,"symbol":"ES","price":1e400}]}'],
    ['a number too close to zero', '{"records":[{"timestamp":1767225600000,"symbol":"ES","price":1e-400}]}'],
    ['an array', '[]'],
    ['nothing', ''],
    ['half of a body', JSON.stringify({ records: [tick()] }).slice(0, -2)],
  ];
  test.each(odd)('%s', (_, text) => expect(inOnePass(text)).toBeUndefined());
});
