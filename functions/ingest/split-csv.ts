import { MAX_LINE_BYTES } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';
import { lineTooLong } from './line-too-long.ts';

/** How a text is split into rows of cells. */
export interface SplitOptions {
  readonly delimiter: string;
  /** U+0001 if cells are never quoted. */
  readonly quote: string;
  /** Lines that begin with this are skipped. */
  readonly comment?: string | undefined;
  /** Lines to skip at the start, whatever is in them. */
  readonly skipLines: number;
  /** Rows beyond this many are counted and not split. */
  readonly maxRows?: number;
}

/** @param line the row begins in, from 1 */
export type TakeRow = (cells: readonly string[], line: number) => void;

/**
 * Splits CSV by RFC 4180. Lines end in LF, CRLF or CR. White space around cells and their quotes is trimmed, and blank
 * lines are skipped. The length of a row is checked before it is split, because 64 MiB of commas would become as many
 * cells.
 * @returns how many rows there are
 * @throws Problem malformed_body for a quote out of place, record_too_large
 */
export function splitCsv(text: string, options: SplitOptions, take: TakeRow): number {
  return new Splitter(text, options).run(take);
}

/** The end of a line, and where the next one begins. */
interface LineEnd {
  readonly end: number;
  readonly next: number;
}

class Splitter {
  readonly #text: string;
  readonly #options: SplitOptions;
  readonly #hasBareReturns: boolean;
  #line = 1;
  // the next position of each, remembered: otherwise a text without one would be scanned again for every line
  #nextQuote = -1;
  #nextFeed = -1;
  #nextReturn = -1;
  #rows = 0;

  constructor(text: string, options: SplitOptions) {
    this.#text = text;
    this.#options = options;
    this.#hasBareReturns = /\r(?!\n)/.test(text);
  }

  run(take: TakeRow): number {
    const { delimiter, quote, comment, skipLines, maxRows = Number.POSITIVE_INFINITY } = this.#options;
    const text = this.#text;
    let at = 0;
    for (; this.#line <= skipLines && at < text.length; this.#line++) at = this.#lineEnd(at).next;
    while (at < text.length) {
      const { end, next } = this.#lineEnd(at);
      const isComment = comment !== undefined && text.slice(at, end).trimStart().startsWith(comment);
      if (this.#nextQuote < at) this.#nextQuote = indexOr(text.indexOf(quote, at), text.length);
      if (!isComment && this.#nextQuote < end) {
        at = this.#quotedRow(at, take);
        continue;
      }
      if (end - at > MAX_LINE_BYTES) throw tooLarge(this.#line, text.slice(at, end), false);
      if (!isComment && !this.#isBlank(at, end)) {
        this.#rows++;
        if (this.#rows <= maxRows) take(text.slice(at, end).split(delimiter).map(trimmed), this.#line);
      }
      this.#line++;
      at = next;
    }
    return this.#rows;
  }

  #isBlank(start: number, end: number): boolean {
    return start === end || (this.#text.charCodeAt(start) <= 32 && this.#text.slice(start, end).trim() === '');
  }

  #lineEnd(from: number): LineEnd {
    const text = this.#text;
    if (this.#nextFeed < from) this.#nextFeed = indexOr(text.indexOf('\n', from), text.length);
    const feed = this.#nextFeed;
    if (this.#hasBareReturns) {
      if (this.#nextReturn < from) this.#nextReturn = indexOr(text.indexOf('\r', from), text.length);
      const carriage = this.#nextReturn;
      if (carriage < feed) return { end: carriage, next: carriage + (carriage + 1 === feed ? 2 : 1) };
    }
    const end = feed > from && text.charCodeAt(feed - 1) === 13 ? feed - 1 : feed;
    return { end, next: feed + 1 };
  }

  /** Splits a row with a quote in it, which may span several lines. Returns where the next row begins. */
  #quotedRow(start: number, take: TakeRow): number {
    const { delimiter, quote } = this.#options;
    const text = this.#text;
    const firstLine = this.#line;
    const cells: string[] = [];
    let at = start;
    for (;;) {
      at = this.#skipSpaces(at);
      let cell: string;
      let stop: number;
      if (text[at] === quote) {
        const closing = this.#closingQuote(at, start);
        cell = text.slice(at + 1, closing).replaceAll(quote + quote, quote);
        stop = this.#skipSpaces(closing + 1);
      } else {
        const { end } = this.#lineEnd(at);
        stop = Math.min(indexOr(text.indexOf(delimiter, at), text.length), end);
        cell = text.slice(at, stop).trim();
        if (cell.includes(quote)) throw misplaced(this.#line, quote);
      }
      cells.push(cell);
      if (stop - start > MAX_LINE_BYTES) throw tooLarge(firstLine, text.slice(start, stop), false);
      if (text[stop] === delimiter) {
        at = stop + 1;
        continue;
      }
      const { end, next } = this.#lineEnd(stop);
      if (stop !== end) throw misplaced(this.#line, quote);
      this.#rows++;
      if (this.#rows <= (this.#options.maxRows ?? Number.POSITIVE_INFINITY)) take(cells, firstLine);
      this.#line++;
      return next;
    }
  }

  #closingQuote(open: number, start: number): number {
    const { quote } = this.#options;
    const openLine = this.#line;
    for (let at = open + 1; ; at += 2) {
      at = this.#text.indexOf(quote, at);
      const reached = at === -1 ? this.#text.length : at;
      if (reached - start > MAX_LINE_BYTES) throw tooLarge(openLine, this.#text.slice(start, reached), true);
      if (at === -1)
        throw new Problem(
          'malformed_body',
          `the body is not CSV: a quotation mark that opens in line ${openLine} is never closed`,
        );
      if (this.#text[at + 1] !== quote) {
        this.#line += lineEndsIn(this.#text.slice(open, at));
        return at;
      }
    }
  }

  #skipSpaces(from: number): number {
    let at = from;
    for (
      let char = this.#text[at];
      (char === ' ' || char === '\t') && char !== this.#options.delimiter;
      char = this.#text[at]
    )
      at++;
    return at;
  }
}

const indexOr = (index: number, otherwise: number): number => (index === -1 ? otherwise : index);

/** Most cells have no white space around them, so they are not copied. */
function trimmed(cell: string): string {
  const last = cell.length - 1;
  if (last < 0) return cell;
  const [first, final] = [cell.charCodeAt(0), cell.charCodeAt(last)];
  return first <= 32 || final <= 32 || first >= 128 || final >= 128 ? cell.trim() : cell;
}

const lineEndsIn = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

/** @param found the line's text, or as much of it as was looked at */
function tooLarge(line: number, found: string, quoted: boolean): Problem {
  const bytes = Buffer.byteLength(found);
  if (!quoted) return lineTooLong(line, bytes);
  return new Problem(
    'record_too_large',
    `line ${line} has a quoted cell of over ${bytes} bytes, and a line may have ${MAX_LINE_BYTES}: is a quotation mark left open?`,
  );
}

const misplaced = (line: number, quote: string): Problem =>
  new Problem(
    'malformed_body',
    `the body is not CSV: a quotation mark is out of place (line ${line}): double it inside quotation marks, or send quote=none if ${quote} is a character like others`,
  );
