import { isNullWord } from './detect-numbers.ts';
import { type CsvRow, splitCsv } from './split-csv.ts';

/** Where a file's titles and rows are. */
export interface Layout {
  readonly delimiter: string;
  readonly comment: string | undefined;
  /** The number of lines before the titles, or before the first row if there are none. */
  readonly skipLines: number;
  /** The titles as written; undefined if the first line is already a row. */
  readonly titles: readonly string[] | undefined;
  /** Whether there is a title for every cell. */
  readonly isAligned: boolean;
  readonly rows: readonly CsvRow[];
  /** Cells per row. */
  readonly width: number;
}

const DELIMITERS = [',', ';', '\t', '|', ' '] as const;
const QUOTE = '"';
/** The largest number of rows to inspect. */
const MOST_ROWS = 1000;

/**
 * Detects the delimiter, the lines before the titles, and whether there are titles.
 * @param text the beginning of a file; its last line may be cut off
 * @param given what is already known
 */
export function detectLayout(text: string, given: { readonly delimiter?: string; readonly comment?: string }): Layout {
  const [line = '', declared] = /^sep=(.)\r?\n/i.exec(text) ?? [];
  if (declared !== undefined) {
    const below = detectLayout(text.slice(line.length), { delimiter: declared, ...given });
    return { ...below, skipLines: below.skipLines + 1 };
  }
  const comment = given.comment ?? (/^\s*#/.test(text) ? '#' : undefined);
  const delimiters = given.delimiter === undefined ? DELIMITERS : [given.delimiter];
  const layouts = delimiters.map((delimiter) => layoutWith(withoutCutLine(text), delimiter, comment));
  return layouts.reduce((best, one) => (one.score > best.score ? one : best)).layout;
}

/** A sample may end anywhere. If it is short, it is more likely a file without a final line feed. */
function withoutCutLine(text: string): string {
  const end = text.lastIndexOf('\n') + 1;
  return end < text.length && text.slice(0, end).split('\n', 4).length === 4 ? text.slice(0, end) : text;
}

function layoutWith(text: string, delimiter: string, comment: string | undefined): { layout: Layout; score: number } {
  const all = splitCsv(text, { delimiter, quote: QUOTE }, MOST_ROWS);
  const data = comment === undefined ? all : all.filter(({ cells }) => !cells[0]?.startsWith(comment));
  const width = commonWidth(data);
  const from = Math.max(
    0,
    data.findIndex(({ cells }, i) => cells.length === width || isShortHeader(cells, data[i + 1], width)),
  );
  const [first, ...rest] = data.slice(from);
  const body = rest.filter(({ cells }) => cells.length === width);
  const hasTitles = first !== undefined && isTitleRow(first.cells, body);
  const rows = hasTitles || first === undefined ? body : [first, ...body];
  const layout = {
    ...{ delimiter, comment, rows, width },
    skipLines: comment === undefined && first !== undefined ? first.line - 1 : 0,
    titles: hasTitles ? first?.cells : undefined,
    isAligned: !hasTitles || first?.cells.length === width,
  };
  const regular = data.length === 0 ? 0 : (body.length + 1) / data.length;
  return { layout, score: width < 2 ? 0 : regular * quality(rows) };
}

function commonWidth(rows: readonly CsvRow[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  // among equals the wider one, because a title line and one row may differ
  return [...counts].sort(([aWidth, a], [bWidth, b]) => b - a || bWidth - aWidth)[0]?.[0] ?? 0;
}

/** Whether the titles name a date and its time as one column, so that there is one fewer than cells. */
const isShortHeader = (cells: readonly string[], next: CsvRow | undefined, width: number): boolean =>
  width > 2 && cells.length === width - 1 && next?.cells.length === width && !cells.some(isValue);

/** Whether a row's cells are words where the rows below have values. */
function isTitleRow(cells: readonly string[], body: readonly CsvRow[]): boolean {
  if (cells.some(isValue)) return false;
  return body.length === 0 || body.some((row) => row.cells.some(isValue));
}

/** A number or a time, in any form. */
const isValue = (cell: string): boolean =>
  /^[+-]?[\d.,' ]*\d[KMBT%]?$/i.test(cell) ||
  /^\d{1,4}[-./ :]\w{1,3}[-./ :]\d{1,4}\b/.test(cell) ||
  /^\w{3} \d{1,2}, \d{4}/.test(cell);

/** The share of cells that are values, because a wrong delimiter leaves fragments. */
function quality(rows: readonly CsvRow[]): number {
  const cells = rows.slice(0, 200).flatMap((row) => row.cells);
  const good = cells.filter((cell) => cell === '' || isValue(cell) || isNullWord(cell)).length;
  return cells.length === 0 ? 0.01 : 0.01 + good / cells.length;
}
