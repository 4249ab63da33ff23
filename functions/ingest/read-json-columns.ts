import { MAX_LINE_BYTES } from '../contract/batches.ts';
import { codesOf, isBlank, JsonNumber, ODD, Pattern, skipString, skipWhite, viewOf } from './json-text.ts';
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
 * Reads a usual JSON body in one pass from its text to columns. It combines the scan for repeated keys, `JSON.parse`
 * and `validateRecords`, without an object per record. For anything unusual (a record that would be rejected, an
 * unknown key or instrument, an escape, a repeated key, invalid JSON) it gives up, and the batch is then read record by
 * record. So it need not explain anything. A property test compares the two ways: tests/unit/read-json-columns.test.ts.
 *
 * docs/performance.md has what it saves.
 * @returns undefined if the body cannot be read in one pass
 */
export function jsonColumns(text: string, options: ColumnsOptions): UsualReader | undefined {
  const records = countBraces(text) - 1;
  return canReadColumns(options.fields, records) ? new BodyReader(text, records, options) : undefined;
}

/** Like `jsonColumns`, for NDJSON. */
export function lineColumns(text: string, options: ColumnsOptions): UsualReader | undefined {
  const records = countBraces(text);
  return canReadColumns(options.fields, records) ? new LineReader(text, records, options) : undefined;
}

function countBraces(text: string): number {
  let braces = 0;
  for (let at = text.indexOf('{'); at !== -1; at = text.indexOf('{', at + 1)) braces++;
  return braces;
}

const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const COLON = 58;
const COMMA = 44;
const QUOTE = 34;

/** A key of a record. */
interface Key {
  /** As it stands in the text, including quotes. */
  readonly pattern: Pattern;
  readonly slot: number;
  /** One bit per key, to detect repeated keys. */
  readonly bit: number;
  /** Whether its value must be an integer that a double holds exactly. */
  readonly isExact: boolean;
}

/** What comes before a value: a brace or a comma, its key and a colon, with the white space between them. */
interface Lead {
  readonly key: Key;
  readonly pattern: Pattern;
}

const NULL = new Pattern('null');
const LETTER_N = 110;

/**
 * Reads records into rows, one after the other. The records of a feed are alike, white space included. So what came before each
 * value in the last record is tried first: one comparison instead of six steps, which take a third of the time.
 */
class RecordReader {
  readonly #text: string;
  readonly #codes: Buffer;
  readonly #view: DataView;
  readonly #rows: UsualRows;
  readonly #keys: readonly Key[];
  /** The leads of the last record in their order. */
  readonly #leads: Lead[] = [];
  readonly #number: JsonNumber;

  /** @param codes `codesOf` the text */
  constructor(text: string, codes: Buffer, rows: UsualRows, options: ColumnsOptions) {
    this.#text = text;
    this.#codes = codes;
    this.#view = viewOf(codes);
    this.#rows = rows;
    this.#number = new JsonNumber(text, codes);
    const slots = [...options.fields.map(({ name }, slot) => [name, slot] as const), ...HEAD_SLOTS];
    this.#keys = slots.map(([name, slot], place) => ({
      pattern: new Pattern(`"${name}"`),
      slot,
      bit: 2 ** place,
      isExact: slot < 0 || rows.isInteger(slot),
    }));
  }

  /** Reads a record into the next row. Returns the position behind it, or `ODD` if it is unusual. */
  record(from: number): number {
    const codes = this.#codes;
    let at = from;
    let seen = 0;
    let place = 0;
    do {
      let lead = this.#leads[place];
      if (lead === undefined || !lead.pattern.isAt(this.#view, at)) {
        lead = this.#lead(at, place === 0 ? OPEN_BRACE : COMMA);
        if (lead === undefined) return ODD;
        this.#leads[place] = lead;
      }
      const { key, pattern } = lead;
      if ((seen & key.bit) !== 0) return ODD;
      seen |= key.bit;
      place++;
      at = this.#value(key, at + pattern.length);
      if (at === ODD) return ODD;
    } while (codes[at] === COMMA || codes[skipWhite(codes, at)] === COMMA);
    const end = skipWhite(codes, at);
    return codes[end] === CLOSE_BRACE && this.#rows.complete() ? end + 1 : ODD;
  }

  /** Reads a lead step by step; undefined if it is unusual. */
  #lead(from: number, first: number): Lead | undefined {
    const codes = this.#codes;
    let at = skipWhite(codes, from);
    if (codes[at] !== first) return undefined;
    at = skipWhite(codes, at + 1);
    const key = this.#keys.find(({ pattern }) => pattern.isAt(this.#view, at));
    if (key === undefined) return undefined;
    at = skipWhite(codes, at + key.pattern.length);
    if (codes[at] !== COLON) return undefined;
    return { key, pattern: new Pattern(this.#text.slice(from, skipWhite(codes, at + 1))) };
  }

  /** Reads the value of a key into the row. Returns the position behind it, or `ODD`. */
  #value({ slot, isExact }: Key, at: number): number {
    const rows = this.#rows;
    const code = this.#codes[at];
    if (code === QUOTE) {
      const end = skipString(this.#codes, at);
      return end !== ODD && this.#string(slot, at + 1, end - 1) ? end : ODD;
    }
    if (code === LETTER_N && NULL.isAt(this.#view, at)) return slot === TIMESTAMP ? ODD : at + NULL.length;
    const end = this.#number.read(at, isExact);
    if (end === ODD) return ODD;
    const { value } = this.#number;
    if (slot >= 0) return rows.setNumber(slot, value) ? end : ODD;
    if (slot === TIMESTAMP) return rows.setTime(value) ? end : ODD;
    return slot === SYMBOL || !rows.setInstrument(value) ? ODD : end;
  }

  #string(slot: number, from: number, to: number): boolean {
    const rows = this.#rows;
    if (slot === SYMBOL) return rows.setSymbol(this.#text.slice(from, to));
    if (slot !== TIMESTAMP) return false;
    return rows.setUsualTime(this.#text, from, to) || rows.setTime(this.#text.slice(from, to));
  }
}

/** What a body has before its records, and after them. */
const HEAD = /[ \n\r\t]*\{[ \n\r\t]*"records"[ \n\r\t]*:[ \n\r\t]*\[/y;
const TAIL = /\][ \n\r\t]*\}[ \n\r\t]*$/y;

/** `{"records":[…]}` */
class BodyReader implements UsualReader {
  readonly capacity: number;
  readonly #text: string;
  readonly #codes: Buffer;
  readonly #rows: UsualRows;
  readonly #records: RecordReader;
  /** Where the next record begins. */
  #at: number;

  constructor(text: string, capacity: number, options: ColumnsOptions) {
    this.capacity = capacity;
    this.#text = text;
    this.#codes = codesOf(text);
    this.#rows = new UsualRows(options, capacity);
    this.#records = new RecordReader(text, this.#codes, this.#rows, options);
    HEAD.lastIndex = 0;
    this.#at = HEAD.test(text) ? HEAD.lastIndex : ODD;
  }

  read(records: number): Progress {
    const codes = this.#codes;
    let at = this.#at;
    if (at === ODD) return 'odd';
    for (let left = records; left > 0; left--) {
      at = this.#records.record(at);
      if (at === ODD) return 'odd';
      at = skipWhite(codes, at);
      if (codes[at] !== COMMA) {
        TAIL.lastIndex = at;
        return TAIL.test(this.#text) ? 'done' : 'odd';
      }
      at++;
    }
    this.#at = at;
    return 'more';
  }

  get batch(): UsualBatch {
    return { validated: this.#rows.validated() };
  }
}

/** One record per line. Blank lines are skipped. */
class LineReader implements UsualReader {
  readonly capacity: number;
  readonly #text: string;
  readonly #codes: Buffer;
  readonly #rows: UsualRows;
  readonly #records: RecordReader;
  readonly #lines: number[] = [];
  /** Where the next line begins, and the number of lines before it. */
  #start = 0;
  #before = 0;

  constructor(text: string, capacity: number, options: ColumnsOptions) {
    this.capacity = capacity;
    this.#text = text;
    this.#codes = codesOf(text);
    this.#rows = new UsualRows(options, capacity);
    this.#records = new RecordReader(text, this.#codes, this.#rows, options);
  }

  read(records: number): Progress {
    const text = this.#text;
    for (let left = records; this.#start < text.length && left > 0; ) {
      let end = text.indexOf('\n', this.#start);
      if (end === -1) end = text.length;
      this.#before++;
      if (end - this.#start > MAX_LINE_BYTES) return 'odd';
      if (!isBlank(this.#codes, this.#start, end)) {
        const next = this.#records.record(this.#start);
        // a record that continues on the next line ends behind this one
        if (next === ODD || !isBlank(this.#codes, next, end)) return 'odd';
        this.#lines.push(this.#before);
        left--;
      }
      this.#start = end + 1;
    }
    if (this.#start < text.length) return 'more';
    return this.#lines.length === 0 ? 'odd' : 'done';
  }

  get batch(): UsualBatch {
    return { validated: this.#rows.validated(), lines: this.#lines };
  }
}
