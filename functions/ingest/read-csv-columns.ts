import { MAX_LINE_BYTES } from '../contract/batches.ts';
import { type Dialect, PLAIN_DIALECT } from '../contract/dialect.ts';
import type { Field } from '../contract/fields.ts';
import { Problem } from '../contract/problem.ts';
import { EXACT_LENGTH, NUMBER } from './csv-cells.ts';
import { type ColumnPlan, planByOrder, planByTitles, UnknownTitles } from './csv-columns.ts';
import { plainNumber } from './plain-number.ts';
import {
  type ColumnsOptions,
  canReadColumns,
  HEAD_SLOTS,
  type Progress,
  SYMBOL,
  TIMESTAMP,
  type UsualBatch,
  type UsualReader,
  UsualRows,
} from './usual-rows.ts';

/**
 * Reads a usual CSV body in one pass from its text to columns, without a string per cell or an object per record. For
 * anything unusual (a record that would be rejected, a quotation mark, a time in two columns, a number dialect) it
 * gives up, and the batch is then read record by record. A property test compares the two ways:
 * tests/unit/read-csv-columns.test.ts.
 *
 * @param dialect the dialect that the query declares, with its delimiter
 * @returns undefined if the body cannot be read in one pass
 */
export function csvColumns(
  text: string,
  dialect: Dialect & { readonly delimiter: string },
  options: ColumnsOptions,
): UsualReader | undefined {
  if (!hasPlainCells(dialect) || text.includes(dialect.quote) || BARE_RETURN.test(text)) return undefined;
  const capacity = countLines(text);
  if (!canReadColumns(options.fields, capacity - (dialect.header ? 1 : 0))) return undefined;
  return new CsvReader(text, dialect, options, capacity);
}

/** Splitting handles bare carriage returns only if there are any. */
const BARE_RETURN = /\r(?!\n)/;

/** A usual body may declare column names, the delimiter, and the time format. */
const hasPlainCells = (dialect: Dialect): boolean =>
  dialect.comment === undefined &&
  dialect.skipLines === 0 &&
  dialect.nullValues.length === 0 &&
  !dialect.suffixes &&
  dialect.decimalSeparator === PLAIN_DIALECT.decimalSeparator &&
  dialect.thousandsSeparator === undefined;

/** An upper bound of the number of lines. */
function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < text.length - 1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

const SPACE = 32;
const TAB = 9;
const RETURN = 13;

/** The slot of a skipped column. */
const SKIPPED = -4;

class CsvReader implements UsualReader {
  readonly capacity: number;
  readonly #text: string;
  readonly #delimiter: string;
  readonly #dialect: Dialect;
  readonly #fields: readonly Field[];
  readonly #hasTimeFormat: boolean;
  readonly #rows: UsualRows;
  readonly #lines: number[] = [];
  /** The slot of each cell; undefined until the titles are read. */
  #slots: readonly number[] | undefined;
  /** Where the next line begins, and how many are before it. */
  #start = 0;
  #before = 0;

  constructor(
    text: string,
    dialect: Dialect & { readonly delimiter: string },
    options: ColumnsOptions,
    capacity: number,
  ) {
    this.capacity = capacity;
    this.#text = text;
    this.#dialect = dialect;
    this.#delimiter = dialect.delimiter;
    this.#fields = options.fields;
    this.#hasTimeFormat = options.time.format !== undefined;
    this.#rows = new UsualRows(options, capacity);
  }

  read(records: number): Progress {
    const text = this.#text;
    if (this.#start === 0 && !this.#dialect.header) {
      this.#slots = this.#slotsOf(() => planByOrder(this.#fields, this.#dialect));
      if (this.#slots === undefined) return 'odd';
    }
    const until = this.#lines.length + records;
    while (this.#start < text.length && this.#lines.length < until) {
      const start = this.#start;
      let feed = text.indexOf('\n', start);
      if (feed === -1) feed = text.length;
      const end = feed > start && text.charCodeAt(feed - 1) === RETURN ? feed - 1 : feed;
      this.#before++;
      if (end - start > MAX_LINE_BYTES) return 'odd';
      if (!this.#isBlank(start, end) && !this.#line(start, end, this.#before)) return 'odd';
      this.#start = feed + 1;
    }
    if (this.#start < text.length) return 'more';
    return this.#lines.length === 0 ? 'odd' : 'done';
  }

  get batch(): UsualBatch {
    return { validated: this.#rows.validated(), lines: this.#lines };
  }

  #isBlank(start: number, end: number): boolean {
    return start === end || (this.#text.charCodeAt(start) <= SPACE && this.#text.slice(start, end).trim() === '');
  }

  /** Reads titles or a record; false if the line is unusual. */
  #line(start: number, end: number, line: number): boolean {
    if (this.#slots !== undefined) {
      this.#lines.push(line);
      return this.#record(this.#slots, start, end) && this.#rows.complete();
    }
    const titles = this.#text
      .slice(start, end)
      .split(this.#delimiter)
      .map((title) => title.trim());
    this.#slots = this.#slotsOf(() => planByTitles(titles, this.#fields, this.#dialect));
    return this.#slots !== undefined;
  }

  /** Undefined if the columns are unusual. Reading record by record then explains why. */
  #slotsOf(makePlan: () => ColumnPlan): readonly number[] | undefined {
    let plan: ColumnPlan;
    try {
      plan = makePlan();
    } catch (error) {
      if (error instanceof Problem || error instanceof UnknownTitles) return undefined;
      throw error;
    }
    const slots = new Array<number>(plan.width).fill(SKIPPED);
    for (const { name, cells } of plan.columns) {
      if (cells.length !== 1) return undefined;
      const slot = HEAD_SLOTS.get(name) ?? this.#fields.findIndex((field) => field.name === name);
      slots[cells[0] as number] = slot;
    }
    // a line that repeats the titles cannot be taken for a record if the title of a numeric column is not a number
    const { titles } = plan;
    const isTold = titles?.some((title, place) => (slots[place] as number) >= 0 && title !== '' && !NUMBER.test(title));
    return titles === undefined || isTold ? slots : undefined;
  }

  #record(slots: readonly number[], start: number, end: number): boolean {
    const text = this.#text;
    const delimiter = this.#delimiter.charCodeAt(0);
    let from = start;
    for (let place = 0; ; place++) {
      let to = from;
      while (to < end && text.charCodeAt(to) !== delimiter) to++;
      const isLast = to === end;
      const [first, past] = [this.#trimStart(from, to), this.#trimEnd(from, to)];
      // further cells must be empty
      if (first < past && !(place < slots.length && this.#cell(slots[place] as number, first, past))) return false;
      if (isLast) return place >= slots.length - 1;
      from = to + 1;
    }
  }

  /** The start of a cell after leading blanks. Other white space is kept, and makes the cell unusual. */
  #trimStart(from: number, to: number): number {
    let at = from;
    while (at < to && isBlank(this.#text.charCodeAt(at))) at++;
    return at;
  }

  #trimEnd(from: number, to: number): number {
    let at = to;
    while (at > from && isBlank(this.#text.charCodeAt(at - 1))) at--;
    return at;
  }

  #cell(slot: number, from: number, to: number): boolean {
    const text = this.#text;
    const rows = this.#rows;
    if (slot === SKIPPED) return true;
    if (slot === TIMESTAMP) return rows.setUsualTime(text, from, to) || this.#time(text.slice(from, to));
    if (slot === SYMBOL) return rows.setSymbol(text.slice(from, to));
    const isExact = slot < 0 || rows.isInteger(slot);
    if (isExact && to - from > EXACT_LENGTH) return false;
    const value = plainNumber(text, from, to);
    return slot < 0 ? rows.setInstrument(value) : rows.setNumber(slot, value);
  }

  #time(cell: string): boolean {
    if (cell.trim() !== cell) return false;
    if (this.#hasTimeFormat || !NUMBER.test(cell)) return this.#rows.setTime(cell);
    return cell.length <= EXACT_LENGTH && this.#rows.setTime(Number(cell));
  }
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;
