import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_LINE_BYTES, MAX_RECORDS } from '../../functions/contract/batches.ts';
import { type Dialect, PLAIN_DIALECT } from '../../functions/contract/dialect.ts';
import { tickFields } from '../../functions/contract/market-data.ts';
import type { TimeDialect } from '../../functions/contract/record-time.ts';
import { compileTimeFormat } from '../../functions/contract/time-format.ts';
import { wallClockOf } from '../../functions/contract/time-zone.ts';
import { explainCell } from '../../functions/ingest/csv-cells.ts';
import { parseCsv } from '../../functions/ingest/parse-csv.ts';
import { plainNumber } from '../../functions/ingest/plain-number.ts';
import { csvColumns } from '../../functions/ingest/read-csv-columns.ts';
import { contentsOf, NOW, REFERENCES, readBothWays, validateTicks } from '../support/validation.ts';

/** What the one pass from text to columns reads is what parsing and validating make of the same text. Else it reads nothing. */

const UTC: TimeDialect = { missingOffset: 'utc', truncate: false };

interface Asked {
  readonly dialect?: Partial<Dialect>;
  readonly time?: TimeDialect;
  readonly instrumentId?: number | undefined;
}

const inOnePass = (text: string, { dialect, time = UTC, instrumentId }: Asked = {}) =>
  readBothWays(() =>
    csvColumns(
      text,
      { ...PLAIN_DIALECT, ...dialect, delimiter: dialect?.delimiter ?? ',' },
      { fields: tickFields, references: REFERENCES, instrumentId, time, nowMicros: Date.parse(NOW) * 1000 },
    ),
  );

/** The one pass agrees with the other way, or leaves the text to it. */
function expectAgreement(text: string, asked: Asked = {}): boolean {
  const quick = inOnePass(text, asked);
  if (quick === undefined) return false;
  const { dialect, time = UTC, instrumentId } = asked;
  const { records, lines, count } = parseCsv(text, tickFields, { ...PLAIN_DIALECT, ...dialect });
  expect(quick.lines).toEqual(lines);
  expect(quick.validated.received).toBe(count);
  const validated = validateTicks(records, { lines, time, instrumentId, explainText: explainCell });
  expect(contentsOf(quick.validated)).toEqual(contentsOf(validated));
  return true;
}

const number = fc.oneof(
  { weight: 24, arbitrary: fc.stringMatching(/^[+-]?(0|\d{1,18})(\.\d{0,17})?([eE][+-]?\d{1,2})?$/) },
  { weight: 24, arbitrary: fc.stringMatching(/^\d{1,9}(\.\d{1,6})?$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '-0',
      '.5',
      '5.',
      '007',
      '1e400',
      '1e-400',
      'NaN',
      '1,5',
      '0x1',
      '-',
      '.',
      '+',
      '9007199254740993',
      '1 2',
      '"1"',
      'x',
    ),
  },
);
const time = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 0, max: Date.parse(NOW) }).map((ms) => new Date(ms).toISOString()) },
  { weight: 8, arbitrary: fc.integer({ min: 1e11, max: Date.parse(NOW) }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '2026-01-01',
      '2026-01-01 00:00:00',
      '2026-01-01T00:00:00.1234567Z',
      '1767225600',
      '1767225600000000',
      '2027-01-01T00:00:00Z',
      'yesterday',
      '',
    ),
  },
);
const symbol = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('ES', 'NQ') },
  { weight: 1, arbitrary: fc.constantFrom('XX', '', 'E S', '\u00a0ES') },
);
const gap = fc.oneof(
  { weight: 40, arbitrary: fc.constant('') },
  { weight: 4, arbitrary: fc.constantFrom(' ', '\t') },
  { weight: 1, arbitrary: fc.constantFrom('\u00a0', '\v') },
);
const TITLES = [
  'timestamp',
  'symbol',
  'price',
  'volume',
  'high',
  'low',
  'sequence',
  'instrument_id',
  'other',
  'Date',
  'Time',
  '',
];

const cellOf = (title: string): fc.Arbitrary<string> => {
  if (title === 'timestamp' || title === 'Date') return time;
  if (title === 'symbol') return symbol;
  if (title === 'instrument_id') return fc.constantFrom('1', '1', '2', '3', '', '', '', '1.0', '1e0');
  return fc.oneof({ weight: 8, arbitrary: number }, { weight: 2, arbitrary: fc.constant('') });
};
const file = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...TITLES), { maxLength: 5 }),
    fc.constantFrom(',', ',', ',', ',', ',', ',', ',', ';', '\t', ' '),
    fc.constantFrom('\n', '\n', '\n', '\r\n', '\r\n', '\r'),
  )
  .chain(([more, delimiter, end]) => {
    const titles = [...new Set(['timestamp', 'symbol', 'price', ...more])];
    const cells = titles.map((title) => fc.tuple(gap, cellOf(title), gap).map((parts) => parts.join('')));
    const row = fc
      .tuple(fc.tuple(...cells), fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1))
      .map(([values, extra]) =>
        (extra < 0 ? values.slice(0, extra) : extra > 0 ? [...values, ''] : values).join(delimiter),
      );
    const odd = fc.constantFrom('', ' ', '\t', titles.join(delimiter), '"');
    const rows = fc.array(fc.oneof({ weight: 12, arbitrary: row }, { weight: 1, arbitrary: odd }), { maxLength: 3 });
    return rows.map((lines) => ({ delimiter, text: [titles.join(delimiter), ...lines].join(end) }));
  });

test('any file is read as by parsing and validating, or left to them', () => {
  let read = 0;
  fc.assert(
    fc.property(
      file,
      fc.constantFrom(undefined, undefined, 1),
      fc.boolean(),
      ({ text, delimiter }, instrumentId, ignoreUnknown) => {
        if (expectAgreement(text, { instrumentId, dialect: { delimiter, ignoreUnknown } })) read++;
      },
    ),
    { numRuns: 5_000 },
  );
  expect(read).toBeGreaterThan(100);
});

test('numbers are the doubles that Number makes of them', () => {
  fc.assert(
    fc.property(number, (cell) => {
      const value = plainNumber(`<${cell}>`, 1, cell.length + 1);
      if (!Number.isNaN(value)) expect(value).toBe(Number(cell));
    }),
    { numRuns: 5_000 },
  );
});

const ROW = '2026-01-01T00:00:00.000001Z,ES,1.5';

describe('is read in one pass', () => {
  const NEW_YORK = wallClockOf('America/New_York', 'first');
  const usual: [string, string, Asked?][] = [
    ['a feed', `timestamp,symbol,price\n${ROW}\n${ROW}\n`],
    ['CRLF, blank lines, white space', `Timestamp, symbol ,price\r\n\r\n ${ROW} \r\n\t\r\n`],
    ['empty cells, and those at the ends of lines', `timestamp,symbol,price,volume,,\n${ROW},,,\n${ROW},5\n`],
    ['a sequence and numbers as only CSV has them', `ts,ticker,close,seq,vol\n${ROW},17,.5\n1767225600000,NQ,+05.,-3,`],
    ['the symbol of the query', 't,o,h,l,c\n1767225600000,1,2,0,1', { instrumentId: 1 }],
    ['unknown titles', `timestamp,symbol,price,note\n${ROW},x y`, { dialect: { ignoreUnknown: true } }],
    ['declared titles', `When,What,Last\n${ROW}`, { dialect: { columns: 'timestamp=When,symbol=What,price=Last' } }],
    ['no titles', ROW, { dialect: { header: false, columns: 'timestamp,symbol,price' } }],
    ['semicolons', `timestamp;symbol;price\n${ROW.replaceAll(',', ';')}`, { dialect: { delimiter: ';' } }],
    [
      'times in a form and a zone',
      'timestamp,symbol,price\n31.12.2025 23:59:59.5,ES,1',
      { time: { missingOffset: NEW_YORK, truncate: false, format: compileTimeFormat('dd.MM.yyyy HH:mm:ss.S') } },
    ],
  ];
  test.each(usual)('%s', (_, text, asked) => expect(expectAgreement(text, asked)).toBe(true));
});

describe('is left to parsing and validating', () => {
  const odd: [string, string, Asked?][] = [
    ['a quotation mark', `timestamp,symbol,price\n${ROW}\n"${ROW}"`],
    ['a carriage return alone', `timestamp,symbol,price\r${ROW}`],
    ['a line with too few cells', `timestamp,symbol,price\n${ROW}\n${ROW.slice(0, -4)}`],
    ['a line with too many', `timestamp,symbol,price\n${ROW},1`],
    ['a line that repeats the titles', `timestamp,symbol,price\n${ROW}\ntimestamp,symbol,price`],
    ['titles that are numbers', `1,2,3\n${ROW}`, { dialect: { columns: 'timestamp=1,symbol=2,price=3' } }],
    ['a negative volume', `timestamp,symbol,volume\n${ROW}\n1767225600000,ES,-1`],
    ['a sequence of 16 digits', `timestamp,symbol,price,sequence\n${ROW},1234567890123456`],
    ['an unknown symbol', `timestamp,symbol,price\n${ROW.replace('ES', 'XX')}`],
    ['unknown titles', `timestamp,symbol,price,note\n${ROW},x`],
    ['a date and a time', 'date,time,symbol,price\n2026-01-01,00:00:00,ES,1'],
    ['a decimal comma', `timestamp,symbol,price\n${ROW}`, { dialect: { decimalSeparator: ',' } }],
    ['nothing but titles', 'timestamp,symbol,price\n'],
    ['nothing', ''],
    ['a long line', `timestamp,symbol,price\n${' '.repeat(MAX_LINE_BYTES)}${ROW}`],
    ['too many records', `timestamp,symbol,price${`\n${ROW}`.repeat(MAX_RECORDS + 1)}`],
  ];
  test.each(odd)('%s', (_, text, asked) => expect(inOnePass(text, asked)).toBeUndefined());
});
