import { describe, expect, test } from 'vitest';
import { type CutFileOptions, cutFile } from '../../lib/console/page/pages/import/cut-file.ts';
import { columnsOf, mappingParameters } from '../../lib/console/page/pages/import/dialect.ts';
import { priceDecimals } from '../../lib/console/page/pages/import/price-decimals.ts';
import { rejectedRowsCsv } from '../../lib/console/page/pages/import/rejected-rows.ts';

const OPTIONS: CutFileOptions = { skipLines: 0, hasHeader: true, quote: '"', rowsPerPart: 2, charactersPerPart: 1e6 };

/** Cuts a text that comes in pieces of so many characters. */
async function cut(text: string, options: Partial<CutFileOptions> = {}, piece = 7) {
  async function* pieces() {
    for (let at = 0; at < text.length; at += piece) yield text.slice(at, at + piece);
  }
  return await Array.fromAsync(cutFile(pieces(), { ...OPTIONS, ...options }));
}

describe('splitting a file', () => {
  test('every part begins with the header, and has the line numbers of its rows in the file', async () => {
    const parts = await cut('t,p\n1,1\n2,2\n3,3\n');
    expect(parts.map(({ text }) => text)).toEqual(['t,p\n1,1\n2,2\n', 't,p\n3,3\n']);
    expect(parts.flatMap(({ rows }) => rows.map(({ line }) => line))).toEqual([2, 3, 4]);
  });

  test('the parts are the same, however the text is chunked', async () => {
    const text = '\uFEFFt,p\r\n1,"a\r\nb"\r\n\r\n2,2\r\n3,3';
    const whole = await cut(text, {}, 1000);
    for (const piece of [1, 2, 3, 5]) expect(await cut(text, {}, piece)).toEqual(whole);
    expect(whole.map(({ text: part }) => part)).toEqual(['t,p\n1,"a\nb"\n2,2\n', 't,p\n3,3\n']);
    expect(whole.flatMap(({ rows }) => rows.map(({ line }) => line))).toEqual([2, 5, 6]);
  });

  test('skipped lines are in every part, comments in none, and a file without a header has none', async () => {
    const parts = await cut('vendor\n# note\nt,p\n1,1\n# note\n2,2\n3,3\n', { skipLines: 1, comment: '#' });
    expect(parts.map(({ text }) => text)).toEqual(['vendor\nt,p\n1,1\n2,2\n', 'vendor\nt,p\n3,3\n']);
    expect((await cut('1,1\n2,2\n3,3', { hasHeader: false })).map(({ text }) => text)).toEqual(['1,1\n2,2\n', '3,3\n']);
  });

  test('a part ends before it grows too large', async () => {
    const parts = await cut('h\naaaa\nbbbb\ncccc\n', { rowsPerPart: 100, charactersPerPart: 9 });
    expect(parts.map(({ rows }) => rows.length)).toEqual([1, 1, 1]);
  });
});

test('the mapping that is shown is the mapping that is sent', () => {
  const sample = 'Date,Time,Close,Note\n2026-01-30,14:30:00,5,x\n';
  const shown = columnsOf(sample, { columns: 'timestamp=Date|Time,price=Close', ignoreUnknown: 'true' });
  expect(shown.map(({ title, field }) => [title, field])).toEqual([
    ['Date', 'date'],
    ['Time', 'time'],
    ['Close', 'price'],
    ['Note', undefined],
  ]);
  expect(mappingParameters(shown, true)).toEqual({ columns: 'timestamp=Date|Time,price=Close', ignoreUnknown: 'true' });
  expect(mappingParameters(shown, false)).toEqual({ header: 'false', columns: 'date,time,price,-' });
});

test('rejected rows are CSV, whatever is in them', () => {
  const row = {
    index: 0,
    line: 3,
    path: 'price',
    code: 'not_a_number',
    message: 'price must be a number',
    text: 'a,"b"',
  };
  expect(rejectedRowsCsv([row])).toBe(
    'line,field,code,reason,row\n3,price,not_a_number,price must be a number,"a,""b"""\n',
  );
});

test('an instrument that is created for a file has the decimals of its prices', () => {
  const of = (prices: string[]) =>
    priceDecimals(`timestamp,price\n${prices.map((price) => `2026-01-30,${price}`).join('\n')}\n`, {});
  expect(of(['46319.0', '46377.0'])).toBe(0);
  expect(of(['1.2345', '1.5'])).toBe(4);
  expect(of(['0.00000001', '1'])).toBe(8);
  expect(of(['n/a'])).toBe(4);
});
