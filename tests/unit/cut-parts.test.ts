import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutOptions, cutParts, type FilePart, PART_ROWS } from '../../lib/cli/import/cut-parts.ts';

const PLAIN: CutOptions = { skipLines: 0, comment: undefined, hasTitles: true, quote: '"' };

/** The parts of a text that arrives in chunks of some size. */
async function cut(text: string, options: Partial<CutOptions> = {}, chunkBytes = 1 << 20): Promise<FilePart[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return Array.fromAsync(cutParts(chunks(), { ...PLAIN, ...options }));
}
const rowsOf = (parts: readonly FilePart[]) =>
  parts.flatMap(({ body, titleLines }) => body.toString().split('\n').slice(titleLines, -1));
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `row ${i}`);

describe('parts of a file', () => {
  test('have every row once and in order, with the titles in each part, wherever the chunks end', async () => {
    const rows = numbered(2 * PART_ROWS + 5);
    const text = ['title', ...rows].join('\n');
    const parts = await cut(text);
    expect(parts.map(({ lines, firstLine }) => [lines, firstLine])).toEqual([
      [PART_ROWS, 2],
      [PART_ROWS, PART_ROWS + 2],
      [5, 2 * PART_ROWS + 2],
    ]);
    expect(rowsOf(parts)).toEqual(rows);
    expect(parts.every(({ body }) => body.toString().startsWith('title\n'))).toBe(true);
    for (const chunkBytes of [1000, 65_536, 99_991]) expect(await cut(text, {}, chunkBytes)).toEqual(parts);
  });

  test('end by bytes if rows are long', async () => {
    const parts = await cut(['t', ...Array.from({ length: 9 }, () => 'x'.repeat(1_000_000))].join('\n'));
    expect(parts.map(({ lines }) => lines)).toEqual([4, 4, 1]);
  });

  test('omit the lines before the titles, and have the line number of their first row', async () => {
    const text = '# made by x\nsep=;\n\na;b\n1;2\n';
    expect(await cut(text, { skipLines: 2, comment: '#' })).toMatchObject([
      { firstLine: 5, lines: 1, body: Buffer.from('a;b\n1;2\n') },
    ]);
    const untitled = { hasTitles: false, skipLines: 1 };
    expect(await cut('a;b\n1;2\n', untitled)).toMatchObject([{ firstLine: 2, lines: 1, body: Buffer.from('1;2\n') }]);
    expect(await cut('1;2\n3;4', { hasTitles: false })).toMatchObject([{ firstLine: 1, lines: 2, titleLines: 0 }]);
  });

  test('never end inside a quoted cell', async () => {
    const rows = Array.from({ length: PART_ROWS }, (_, i) => `${i},"two\nlines"`);
    const parts = await cut(['a,b', ...rows].join('\n'));
    expect(parts.length).toBe(2);
    for (const { body } of parts) expect((body.toString().match(/"/g) ?? []).length % 2).toBe(0);
    expect(rowsOf(parts).join('\n')).toBe(rows.join('\n'));
  });

  test('do not exist for an empty file or one with only titles', async () => {
    expect(await cut('')).toEqual([]);
    expect(await cut('timestamp,price\n')).toEqual([]);
  });
});

test('a packet is in one part, wherever the chunks end', async () => {
  const packets = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 20 });
  const partRows = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(packets, partRows, fc.integer({ min: 1, max: 50 }), async (sizes, rows, chunkBytes) => {
      const times = sizes.flatMap((size, i) => Array.from({ length: size }, () => `packet ${i}`));
      const text = ['t', ...times].join('\n');
      const options = { keyOf: (line: string) => line, partRows: rows };
      const parts = await cut(text, options, chunkBytes);
      expect(rowsOf(parts)).toEqual(times);
      const where = parts.map((part) => new Set(rowsOf([part])));
      for (const time of new Set(times)) expect(where.filter((set) => set.has(time)).length).toBe(1);
      expect(await cut(text, options)).toEqual(parts);
    }),
  );
});
