import { describe, expect, test } from 'vitest';
import { previewRows, sniffDialect, symbolFromName } from '../../lib/client/index.ts';
import { LAYOUTS, lines } from '../support/layouts.ts';

describe('a file is recognised', () => {
  test.each(LAYOUTS)('%s', (_name, text, parameters, first) => {
    const found = sniffDialect(text);
    expect(found.questions).toEqual([]);
    expect(found.parameters).toEqual(parameters);
    expect(previewRows(text, found.parameters)[0]?.record).toEqual(first);
  });

  test('even if the sample ends in the middle of a line, or the file without a line feed', () => {
    const rows = Array.from({ length: 50 }, (_, i) => `2024-01-02 09:${String(i).padStart(2, '0')}:00;1,25;1,5`);
    const text = ['Date;Bid;Ask', ...rows].join('\n');
    for (const sample of [text, text.slice(0, -2), text.slice(0, -12)])
      expect(sniffDialect(sample).parameters).toEqual({ delimiter: ';', decimalSeparator: ',' });
    expect(sniffDialect('timestamp,price\n2024-01-02T09:30:00Z,1').questions).toEqual([]);
  });
});

test('a few unusual lines do not hide the format of the others', () => {
  const rows = Array.from({ length: 30 }, (_, i) => `20240102 0930${String(i).padStart(2, '0')},1.5`);
  const text = lines('time,price', 'time,price', ...rows, 'Total,30');
  expect(sniffDialect(text)).toMatchObject({ questions: [], parameters: { timeFormat: 'yyyyMMdd HHmmss' } });
});

describe('what a file leaves open must be declared', () => {
  test('which number is the month', () => {
    const text = lines('Date,Close', '01/02/2024,1.5', '02/02/2024,1.5');
    expect(sniffDialect(text).questions).toEqual([
      { parameter: 'timeFormat', question: 'Times fit dd/MM/yyyy and MM/dd/yyyy alike.' },
    ]);
    const said = sniffDialect(text, { timeFormat: 'MM/dd/yyyy' });
    expect(said.questions).toEqual([]);
    expect(previewRows(text, said.parameters)[0]?.record).toMatchObject({ timestamp: '2024-01-02T00:00:00.000000Z' });
  });

  test('whether a comma sets thousands or decimals apart', () => {
    const text = lines('timestamp;price', '2024-01-02T09:30:00Z;1,234', '2024-01-02T09:31:00Z;1,235');
    expect(sniffDialect(text).questions.map(({ parameter }) => parameter)).toEqual(['decimalSeparator']);
  });

  test('which columns are the time and the price, if they cannot be inferred', () => {
    const text = lines('a,b,c', 'x,y,z', 'x,y,z');
    expect(sniffDialect(text).questions.map(({ parameter }) => parameter)).toEqual(['columns', 'columns']);
    const named = { columns: 'timestamp=a,price=b' };
    expect(sniffDialect(text, named).questions.map(({ parameter }) => parameter)).toEqual(['timeFormat']);
    expect(sniffDialect(text, { ...named, timeFormat: 'yyyyMMdd' }).questions).toEqual([]);
  });
});

test('given parameters replace detected ones, and those that contradict them', () => {
  const text = lines('timestamp\tprice', '1704186000\t1.5', '1704186001\t1.5');
  expect(sniffDialect(text, { delimiter: 'tab', timeUnit: 'ms' }).parameters).toEqual({
    delimiter: 'tab',
    timeUnit: 'ms',
  });
  expect(sniffDialect(text, { timeFormat: 'yyyyMMddHH' }).parameters).toEqual({
    delimiter: '\t',
    timeFormat: 'yyyyMMddHH',
  });
  expect(previewRows(text, { delimiter: 'tab', timeUnit: 's' })[0]?.record).toMatchObject({ price: 1.5 });
});

test('given columns are inspected for their times and nulls', () => {
  const text = lines('Datum,Kurs,Hinweis', '13.01.2024,1.5,x', '14.01.2024,N/A,y');
  const { parameters, questions } = sniffDialect(text, { columns: 'timestamp=Datum,price=Kurs' });
  expect(questions).toEqual([]);
  expect(parameters).toEqual({
    ...{ columns: 'timestamp=Datum,price=Kurs', ignoreUnknown: 'true' },
    ...{ timeFormat: 'dd.MM.yyyy', nullValues: 'N/A' },
  });
});

test('compact times with an offset are in UTC, whatever the zone of others', () => {
  const text = lines('timestamp,price', '20240102T093000Z,1', '20240102T093001Z,1');
  const { parameters, notes } = sniffDialect(text, { timeZone: 'America/New_York' });
  expect([parameters.timeFormat, notes]).toEqual(["yyyyMMdd'T'HHmmssX", []]);
  expect(previewRows(text, parameters)[0]?.record).toMatchObject({ timestamp: '2024-01-02T09:30:00.000000Z' });
});

test('times of a zone are shown in UTC; of an hour that occurs twice, the first', () => {
  const text = lines('timestamp,price', '2024-07-02 09:30:00,1', '2024-11-03 01:30:00,1', '2024-01-02T09:30:00Z,1');
  const times = previewRows(text, { timeZone: 'America/New_York' }).map(({ record }) => record['timestamp']);
  expect(times).toEqual(['2024-07-02T13:30:00.000000Z', '2024-11-03T05:30:00.000000Z', '2024-01-02T09:30:00.000000Z']);
});

test.each([
  ['data/BTCUSDT-1m-2024-01.zip', 'BTCUSDT'],
  ['DAT_ASCII_EURUSD_M1_2012.csv', 'EURUSD'],
  ['ES.csv.gz', 'ES'],
  ['C:\\data\\goog.us.txt', 'goog.us'],
  ['2024-01-02.csv', undefined],
])('%s is of %s', (path, symbol) => {
  expect(symbolFromName(path)).toBe(symbol);
});
test('a pattern finds the symbol elsewhere in the name', () => {
  expect(symbolFromName('binance_spot_adabtc-27.csv', /spot_([a-z]+)/)).toBe('adabtc');
});
