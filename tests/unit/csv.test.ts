import { describe, expect, test } from 'vitest';
import { alertLogFields } from '../../functions/contract/alert-logs.ts';
import { MAX_LINE_BYTES, MAX_RECORDS } from '../../functions/contract/batches.ts';
import type { Field } from '../../functions/contract/fields.ts';
import { tickFields } from '../../functions/contract/market-data.ts';
import { Problem } from '../../functions/contract/problem.ts';
import { parseCsv } from '../../functions/ingest/parse-csv.ts';

const read = (text: string, fields: readonly Field[] = tickFields) => parseCsv(text, fields).records;

/** The code and detail of the problem that reading ends in. */
function problemOf(text: string): [code: string, detail: string] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Problem) return [error.code, error.message];
    throw error;
  }
  return ['read', ''];
}

test('camelCase and snake_case name the same fields', () => {
  const camel = read('timestamp,instrumentId,openPrice,highPrice,lowPrice,bidSize\n2026-01-01,1,2,3,1,5');
  const snake = read('timestamp,instrument_id,open_price,high_price,low_price,bid_size\n2026-01-01,1,2,3,1,5');
  expect(snake).toEqual(camel);
  expect(camel).toEqual([
    { timestamp: '2026-01-01', instrumentId: 1, openPrice: 2, highPrice: 3, lowPrice: 1, bidSize: 5 },
  ]);
});

test('open, high, low, close and price name prices', () => {
  expect(read('timestamp,open,high,low,close,volume\n1,2,3,4,5,6')).toEqual([
    { timestamp: 1, openPrice: 2, highPrice: 3, lowPrice: 4, price: 5, volume: 6 },
  ]);
  expect(read('price\n5')).toEqual([{ price: 5 }]);
});

test('a cell is read by the type of its column', () => {
  expect(read('symbol,timestamp\n600519,1640995200000')).toEqual([{ symbol: '600519', timestamp: 1640995200000 }]);
  expect(read('alert_message,rule_id,fired_status\n007,7,fired', alertLogFields)).toEqual([
    { alertMessage: '007', ruleId: 7, firedStatus: 'fired' },
  ]);
});

describe('a number is read as in JSON, and may also have a plus sign or a bare point', () => {
  test.each([
    ['1.5', 1.5],
    ['-0.25', -0.25],
    ['+3', 3],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-8', 1e-8],
    ['1E3', 1000],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['5e-324', Number.MIN_VALUE],
    ['-0', -0],
    ['1e400', Number.POSITIVE_INFINITY],
  ])('%s', (cell, value) => expect(read(`price\n${cell}`)).toEqual([{ price: value }]));
});

describe('text that is not a number stays text, so that validation rejects it', () => {
  test.each([
    'NaN',
    'Infinity',
    '-inf',
    '0x10',
    '1_000',
    '"1,5"',
    '1 000',
    'null',
    'true',
    '1.2.3',
    'e5',
    '.',
    '--1',
    '1e',
    '१',
  ])('%s', (cell) => expect(read(`price\n${cell}`)).toEqual([{ price: cell.replaceAll('"', '') }]));
});

test('an empty cell is null, quoted or not', () => {
  expect(read('timestamp,price,bid,ask\n1,,"", ')).toEqual([{ timestamp: 1 }]);
});

test('lines end in LF or CRLF, the last one is optional, and blank lines are not records', () => {
  const records = [
    { timestamp: 1, price: 2 },
    { timestamp: 3, price: 4 },
  ];
  for (const text of [
    'timestamp,price\n1,2\n3,4',
    'timestamp,price\r\n1,2\r\n3,4\r\n',
    '\n\ntimestamp,price\n\n1,2\n   \n3,4\n\n',
    ' timestamp , price \n 1 , 2 \n 3 , 4 ',
    'timestamp,price\r1,2\r3,4\r',
    '"timestamp","price"\n"1","2"\n"3","4"',
  ])
    expect(read(text)).toEqual(records);
});

test('quoted cells may contain commas, line ends and doubled quotes', () => {
  expect(read('alertMessage,ruleId\n"ES > 4,300\nsaid ""now""",7', alertLogFields)).toEqual([
    { alertMessage: 'ES > 4,300\nsaid "now"', ruleId: 7 },
  ]);
});

test('an empty text, blank lines or only a header have no records', () => {
  for (const text of ['', '\n\n', 'timestamp,price', 'timestamp,price\n']) expect(read(text)).toEqual([]);
});

describe('a body that is not valid CSV is malformed, with the reason', () => {
  test.each([
    ['timestamp,prise\n1,2', 'names unknown fields: prise'],
    ['timestamp,prise,volum\n1,2,3', 'names unknown fields: prise, volum'],
    [',price\n1,2', 'column 1 (no title)'],
    ['timestamp;price\n1;2', 'delimiter=%3B'],
    ['__proto__\n1', 'unknown field'],
    ['constructor\n1', 'unknown field'],
    ['price,price\n1,2', 'twice'],
    ['price,close\n1,2', 'twice'],
    ['bid_size,bidSize\n1,2', 'twice'],
    ['timestamp,price\n1,"2', 'quotation mark'],
    ['timestamp,price\n1,2"3', 'quotation mark'],
    ['timestamp,price\n1,"2"3', 'quotation mark'],
  ])('%j', (text, reason) => {
    const [code, detail] = problemOf(text);
    expect(code).toBe('malformed_body');
    expect(detail).toContain(reason);
  });

  test('and the reason quotes nothing of the body', () => {
    const [, detail] = problemOf('timestamp,price\n1,"the secret"x');
    expect(detail).not.toContain('secret');
  });
});

describe('a record that is too large is refused before it is split', () => {
  test.each([
    ['a cell', `price\n${'1'.repeat(MAX_LINE_BYTES + 1)}`],
    ['a quoted cell over many lines', `price\n"${'1\n'.repeat(MAX_LINE_BYTES)}"`],
    ['a quote that never ends', `price\n"${'1'.repeat(MAX_LINE_BYTES)}`],
    ['many empty cells', `price\n${','.repeat(MAX_LINE_BYTES + 1)}`],
    ['empty cells and line ends in quotes', `price\n${`"\n"${','.repeat(60_000)}`.repeat(3)}`],
    ['the header line', `price${' '.repeat(MAX_LINE_BYTES)}`],
    ['a last line without an end', `price\n1\n${' '.repeat(MAX_LINE_BYTES + 1)}`],
  ])('%s', (_, text) => expect(problemOf(text)[0]).toBe('record_too_large'));

  test('and a record at the limit is read', () => {
    const cell = '1'.padStart(MAX_LINE_BYTES, '0');
    for (const end of ['', '\n', '\r\n']) expect(read(`price\n${cell}${end}`)).toEqual([{ price: 1 }]);
    expect(read(`price\n${`"${'2'.padStart(60_000, '0')}"\n`.repeat(3)}`)).toHaveLength(3);
  });
});

test('beyond the limit, one more record is kept, and all are counted', () => {
  const { records, count } = parseCsv(`price\n${'1\n'.repeat(MAX_RECORDS + 5)}`, tickFields);
  expect([records.length, count]).toEqual([MAX_RECORDS + 1, MAX_RECORDS + 5]);
  expect(read(`price\n${'1\n'.repeat(MAX_RECORDS)}`)).toHaveLength(MAX_RECORDS);
});

describe('a line with another number of cells is one rejected record', () => {
  test.each([
    ['timestamp,price\n1,2\n3', 1],
    ['timestamp,price\n1,2\n3,4,5', 1],
    ['timestamp,price\n1\n1,2', 0],
  ])('%j', (text, index) => {
    const records = read(text);
    expect(records).toHaveLength(2);
    expect(records[index]).toMatchObject({ refusal: { code: 'wrong_cell_count', path: '' } });
  });

  test('but empty cells at its end are ignored', () => {
    expect(read('timestamp,price,\n1,2,\n3,4')).toMatchObject([{ timestamp: 1, price: 2 }, { price: 4 }]);
    expect(read('timestamp,price\n1,2,,')).toEqual([{ timestamp: 1, price: 2 }]);
  });
});

test('a line that repeats the header line is one rejected record', () => {
  expect(read('timestamp,price\n1,2\ntimestamp,price\n3,4')[1]).toMatchObject({ refusal: { code: 'repeated_header' } });
});

test('each record has the line it begins in', () => {
  const { lines } = parseCsv('\n"alertMessage","ruleId"\r\n\r\n"a\nb",1\nc,2\n"d",3', alertLogFields);
  expect(lines).toEqual([4, 6, 7]);
});

test('titles are compared without case, spaces, underscores, angle brackets and a byte order mark', () => {
  for (const titles of ['Timestamp,PRICE,Bid Size', '<TIMESTAMP>,<PRICE>,<BID_SIZE>', '\uFEFFtime stamp,price,BIDSIZE'])
    expect(read(`${titles}\n1,2,3`)).toEqual([{ timestamp: 1, price: 2, bidSize: 3 }]);
});
