import { MAX_LINE_BYTES } from '../contract/batches.ts';
import { JsonCursor } from './json-cursor.ts';
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
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const COLON = 58;
const COMMA = 44;

/** A key as it stands in the text, including quotes. */
interface Key {
  readonly text: string;
  readonly slot: number;
  /** One bit per key, to detect repeated keys. */
  readonly bit: number;
}

/** Reads records into rows, one after the other. */
class RecordReader {
  readonly #cursor: JsonCursor;
  readonly #rows: UsualRows;
  readonly #keys: readonly Key[];
  /** The keys of the last record in their order, because the records of a feed are alike. */
  #order: Key[] = [];

  constructor(cursor: JsonCursor, rows: UsualRows, options: ColumnsOptions) {
    this.#cursor = cursor;
    this.#rows = rows;
    const slots = [...options.fields.map(({ name }, slot) => [name, slot] as const), ...HEAD_SLOTS];
    this.#keys = slots.map(([name, slot], place) => ({ text: `"${name}"`, slot, bit: 2 ** place }));
  }

  /** Reads a record into the next row; false if it is unusual. */
  record(): boolean {
    const cursor = this.#cursor;
    if (!cursor.take(OPEN_BRACE)) return false;
    let seen = 0;
    let place = 0;
    do {
      const key = this.#key(place++);
      if (key === undefined || (seen & key.bit) !== 0 || !cursor.take(COLON)) return false;
      seen |= key.bit;
      if (cursor.takeText('null')) {
        if (key.slot === TIMESTAMP) return false;
      } else if (!this.#value(key.slot)) return false;
    } while (cursor.take(COMMA));
    return cursor.take(CLOSE_BRACE) && this.#rows.complete();
  }

  #key(place: number): Key | undefined {
    const expected = this.#order[place];
    if (expected !== undefined && this.#cursor.takeText(expected.text)) return expected;
    const key = this.#keys.find(({ text }) => this.#cursor.takeText(text));
    if (key !== undefined) this.#order[place] = key;
    return key;
  }

  #value(slot: number): boolean {
    const cursor = this.#cursor;
    const rows = this.#rows;
    if (slot >= 0) return rows.setNumber(slot, cursor.number(rows.isInteger(slot)));
    if (slot === TIMESTAMP) return this.#time();
    if (slot === SYMBOL) return cursor.takeString() && rows.setSymbol(cursor.content);
    return rows.setInstrument(cursor.number(true));
  }

  #time(): boolean {
    const cursor = this.#cursor;
    const rows = this.#rows;
    if (!cursor.takeString()) return rows.setTime(cursor.number(true));
    return rows.setUsualTime(cursor.text, cursor.from, cursor.to) || rows.setTime(cursor.content);
  }
}

/** `{"records":[…]}` */
class BodyReader implements UsualReader {
  readonly capacity: number;
  readonly #cursor: JsonCursor;
  readonly #rows: UsualRows;
  readonly #records: RecordReader;
  #isOpen = false;

  constructor(text: string, capacity: number, options: ColumnsOptions) {
    this.capacity = capacity;
    this.#cursor = new JsonCursor(text);
    this.#rows = new UsualRows(options, capacity);
    this.#records = new RecordReader(this.#cursor, this.#rows, options);
  }

  read(records: number): Progress {
    const cursor = this.#cursor;
    if (!this.#isOpen && !this.#open()) return 'odd';
    for (let left = records; left > 0; left--) {
      if (!this.#records.record()) return 'odd';
      if (!cursor.take(COMMA))
        return cursor.take(CLOSE_BRACKET) && cursor.take(CLOSE_BRACE) && cursor.isAtEnd() ? 'done' : 'odd';
    }
    return 'more';
  }

  #open(): boolean {
    const cursor = this.#cursor;
    this.#isOpen = true;
    return cursor.take(OPEN_BRACE) && cursor.takeText('"records"') && cursor.take(COLON) && cursor.take(OPEN_BRACKET);
  }

  get batch(): UsualBatch {
    return { validated: this.#rows.validated() };
  }
}

/** One record per line. Blank lines are skipped. */
class LineReader implements UsualReader {
  readonly capacity: number;
  readonly #text: string;
  readonly #cursor: JsonCursor;
  readonly #rows: UsualRows;
  readonly #records: RecordReader;
  readonly #lines: number[] = [];
  /** Where the next line begins, and the number of lines before it. */
  #start = 0;
  #before = 0;

  constructor(text: string, capacity: number, options: ColumnsOptions) {
    this.capacity = capacity;
    this.#text = text;
    this.#cursor = new JsonCursor(text);
    this.#rows = new UsualRows(options, capacity);
    this.#records = new RecordReader(this.#cursor, this.#rows, options);
  }

  read(records: number): Progress {
    const text = this.#text;
    const cursor = this.#cursor;
    for (let left = records; this.#start < text.length && left > 0; ) {
      let end = text.indexOf('\n', this.#start);
      if (end === -1) end = text.length;
      this.#before++;
      if (end - this.#start > MAX_LINE_BYTES) return 'odd';
      if (!cursor.skipTo(end)) {
        // a record that continues on the next line leaves the cursor there
        if (!this.#records.record() || !cursor.skipTo(end)) return 'odd';
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
