import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../functions/contract/problem.ts';
import { type SplitOptions, splitCsv } from '../../functions/ingest/split-csv.ts';

function split(text: string, options: Partial<SplitOptions> = {}): { rows: string[][]; lines: number[] } | 'refused' {
  const rows: string[][] = [];
  const lines: number[] = [];
  try {
    splitCsv(text, { delimiter: ',', quote: '"', skipLines: 0, ...options }, (cells, line) => {
      rows.push([...cells]);
      lines.push(line);
    });
  } catch (error) {
    if (error instanceof Problem) return 'refused';
    throw error;
  }
  return { rows, lines };
}

/** What csv-parse makes of a text, in the same dialect. */
function oracle(text: string, delimiter: string, quote: string): string[][] | 'refused' {
  try {
    const recordDelimiter = ['\r\n', '\n', '\r'];
    return parse(text, {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: recordDelimiter,
      skip_empty_lines: true,
      trim: true,
      relax_column_count: true,
    });
  } catch {
    return 'refused';
  }
}

const piece = fc.constantFrom(
  'a',
  'bc',
  '1.5',
  '"',
  '""',
  '"x"',
  '"x,y"',
  '"x\ny"',
  ',',
  ';',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  'ü',
  '|',
);

test('texts are split as csv-parse splits them, or refused: it takes some quotation marks that are out of place', () => {
  const seen = { rows: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.constantFrom(',', ';', '|'),
      fc.constantFrom('"', "'"),
      (pieces, delimiter, quote) => {
        const text = pieces.join('').replaceAll('"', quote);
        const ours = split(text, { delimiter, quote });
        const theirs = oracle(text, delimiter, quote);
        if (ours === 'refused') seen.refused++;
        else {
          expect(ours.rows).toEqual(theirs);
          seen.rows += ours.rows.length;
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(seen.rows).toBeGreaterThan(500);
  expect(seen.refused).toBeGreaterThan(100);
});

test('a row has the line it begins in, whatever lines end in', () => {
  for (const end of ['\n', '\r\n', '\r'])
    expect(split(['a', '', '"b', 'c",d', 'e', ''].join(end))).toEqual({
      rows: [['a'], [`b${end}c`, 'd'], ['e']],
      lines: [1, 3, 5],
    });
});

test('comments and skipped lines count as lines', () => {
  expect(split('"\n# a "b\nc,#d\n  #e\nf', { skipLines: 1, comment: '#' })).toEqual({
    rows: [['c', '#d'], ['f']],
    lines: [3, 5],
  });
  expect(split('a\nb', { skipLines: 5 })).toEqual({ rows: [], lines: [] });
});

test('without a quote character, quotation marks are text', () => {
  expect(split('"a,b"\n""', { quote: '\u0001' })).toEqual({ rows: [['"a', 'b"'], ['""']], lines: [1, 2] });
});
