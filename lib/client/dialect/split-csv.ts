/** One row of a CSV text. */
export interface CsvRow {
  readonly cells: readonly string[];
  /** Line number of its first character, from 1. */
  readonly line: number;
}

export interface CsvSyntax {
  readonly delimiter: string;
  readonly quote: string;
}

/**
 * Splits a CSV text into rows of trimmed cells by RFC 4180: a quoted cell may contain delimiters and line feeds, and a
 * doubled quote is a quote. Empty lines are skipped. It is for samples only: the store's own parser decides in the end.
 * @param most the largest number of rows to return
 */
export function splitCsv(text: string, { delimiter, quote }: CsvSyntax, most = Number.POSITIVE_INFINITY): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length && rows.length < most) {
    const startedAt = line;
    const cells: string[] = [];
    for (let more = true; more; ) {
      const cell = text.startsWith(quote, skipSpaces(text, at, delimiter))
        ? quotedCell(text, skipSpaces(text, at, delimiter), quote)
        : plainCell(text, at, delimiter);
      cells.push(cell.text);
      for (let i = at; i < cell.end; i++) if (text.charCodeAt(i) === 10) line += 1;
      at = endOfCell(text, cell.end, delimiter);
      more = text.startsWith(delimiter, at);
      if (more) at += delimiter.length;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else at += 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== '') rows.push({ cells, line: startedAt });
  }
  return rows;
}

const isLineEnd = (text: string, at: number): boolean => text[at] === '\n' || text[at] === '\r';

function skipSpaces(text: string, from: number, delimiter: string): number {
  let at = from;
  while (text[at] === ' ' && delimiter !== ' ') at += 1;
  return at;
}

function plainCell(text: string, from: number, delimiter: string): { text: string; end: number } {
  let end = from;
  while (end < text.length && !isLineEnd(text, end) && !text.startsWith(delimiter, end)) end += 1;
  return { text: text.slice(from, end).trim(), end };
}

function quotedCell(text: string, from: number, quote: string): { text: string; end: number } {
  let cell = '';
  for (let at = from + 1; ; ) {
    const close = text.indexOf(quote, at);
    if (close === -1) return { text: text.slice(from + 1), end: text.length };
    cell += text.slice(at, close);
    if (text[close + 1] !== quote) return { text: cell.trim(), end: close + 1 };
    cell += quote;
    at = close + 2;
  }
}

/** Text between a closing quote and the next delimiter belongs to no cell. */
function endOfCell(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && !isLineEnd(text, at) && !text.startsWith(delimiter, at)) at += 1;
  return at;
}
