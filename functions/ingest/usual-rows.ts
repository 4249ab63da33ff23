import { MAX_RECORDS } from '../contract/batches.ts';
import { type Field, MAX_INTEGER } from '../contract/fields.ts';
import { readRecordTime } from '../contract/record-time.ts';
import { EARLIEST_MICROS, parseUsual } from '../contract/time.ts';
import { RecordColumns } from './record-columns.ts';
import type { Validated, ValidationOptions } from './validate-records.ts';

/** Options for reading records in one pass; the same rules as for checking them record by record. */
export type ColumnsOptions = Omit<ValidationOptions, 'lines' | 'explainText'>;

/** A batch that was read in one pass from its text. None of its records is rejected. */
export interface UsualBatch {
  readonly validated: Validated;
  /** The line that each record begins in, from 1, where the body has lines. */
  readonly lines?: readonly number[] | undefined;
}

/** The progress of a reader: there may be more, everything has been read, or the next record is unusual. */
export type Progress = 'more' | 'done' | 'odd';

/** Reads a usual body in steps. */
export interface UsualReader {
  /** The most records that the body can have. */
  readonly capacity: number;
  /** Reads up to `records` further records, and at least one. It must not be called again after `odd`. */
  read(records: number): Progress;
  /** Everything read so far; once all has been read, the whole batch. */
  readonly batch: UsualBatch;
}

/** Reads a whole body at once; undefined if anything in it is unusual. */
export const readAll = (reader: UsualReader | undefined): UsualBatch | undefined =>
  reader?.read(Number.POSITIVE_INFINITY) === 'done' ? reader.batch : undefined;

/** Slots of record members that are not fields. */
export const TIMESTAMP = -1;
export const INSTRUMENT_ID = -2;
export const SYMBOL = -3;

/** The slots of record members that are not fields, by name. */
export const HEAD_SLOTS: ReadonlyMap<string, number> = new Map([
  ['timestamp', TIMESTAMP],
  ['instrumentId', INSTRUMENT_ID],
  ['symbol', SYMBOL],
]);

/**
 * Whether a text of this many records with these fields can be read in one pass. Every field must be checked by its
 * kind alone.
 */
export const canReadColumns = (fields: readonly Field[], records: number): boolean =>
  records >= 1 && records <= MAX_RECORDS && fields.every(isPlain);

const isPlain = ({ kind, required, fallback, reference }: Field): boolean =>
  (kind === 'number' || kind === 'integer') && !required && fallback === undefined && reference === undefined;

/**
 * The columns that a reader fills in one pass over a text. Its checks are those of `validateRecords`, but only return
 * yes or no. A reader gives up at the first no, and the batch is then read record by record, which can explain it.
 */
export class UsualRows {
  readonly columns: RecordColumns;
  readonly #options: ColumnsOptions;
  /** The columns' values by slot, and what values each accepts. */
  readonly #values: readonly Float64Array[];
  readonly #isInteger: readonly boolean[];
  readonly #isNonNegative: readonly boolean[];
  /** Whether a field is a value, so that a record with it is not empty. */
  readonly #isValue: readonly boolean[];
  readonly #high: Float64Array | undefined;
  readonly #low: Float64Array | undefined;
  readonly #symbols = new Map<string, number>();
  // the current row
  #hasTime = false;
  #instrumentId: number | undefined;
  #symbol: number | undefined;
  #hasValue = false;

  constructor(options: ColumnsOptions, capacity: number) {
    const { fields } = options;
    this.#options = options;
    this.columns = new RecordColumns(fields, capacity);
    this.#values = this.columns.columns.map(({ values }) => values as Float64Array);
    this.#high = this.columns.column('highPrice')?.values as Float64Array | undefined;
    this.#low = this.columns.column('lowPrice')?.values as Float64Array | undefined;
    this.#isInteger = fields.map(({ kind }) => kind === 'integer');
    this.#isNonNegative = fields.map(({ nonNegative }) => nonNegative === true);
    this.#isValue = fields.map(({ key }) => key !== true);
  }

  isInteger(slot: number): boolean {
    return this.#isInteger[slot] === true;
  }

  /** A field's value; NaN is never one. */
  setNumber(slot: number, value: number): boolean {
    if (Number.isNaN(value) || (value < 0 && this.#isNonNegative[slot])) return false;
    if (this.#isInteger[slot] && !(Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER)) return false;
    (this.#values[slot] as Float64Array)[this.columns.length] = value;
    if (this.#isValue[slot]) this.#hasValue = true;
    return true;
  }

  /** Sets a timestamp from the text between two positions; false also if it is not in the usual format. */
  setUsualTime(text: string, from: number, to: number): boolean {
    const { time, nowMicros } = this.#options;
    if (time.format) return false;
    const usual = parseUsual(text, from, to);
    return usual >= EARLIEST_MICROS && usual <= nowMicros && this.#setMicros(usual);
  }

  setTime(written: string | number): boolean {
    const { time, nowMicros } = this.#options;
    const micros = readRecordTime(written, time, nowMicros);
    return typeof micros === 'number' && this.#setMicros(micros);
  }

  /** Goes into the column at once: a field of this object would be a new number in V8's heap for each row. */
  #setMicros(micros: number): boolean {
    this.columns.timestamps[this.columns.length] = micros;
    this.#hasTime = true;
    return true;
  }

  setInstrument(id: number): boolean {
    this.#instrumentId = id;
    return Number.isInteger(id) && this.#options.references.hasInstrument(id);
  }

  setSymbol(symbol: string): boolean {
    let found = this.#symbols.get(symbol);
    if (found === undefined) {
      found = this.#options.references.instrumentBySymbol(symbol);
      if (found === undefined) return false;
      this.#symbols.set(symbol, found);
    }
    this.#symbol = found;
    return true;
  }

  /** Checks the rules for the whole row, and moves on to the next. */
  complete(): boolean {
    const { references, instrumentId: ofBatch } = this.#options;
    const instrumentId = this.#instrumentId;
    const instrument = this.#symbol ?? instrumentId ?? ofBatch;
    if (!this.#hasValue || !this.#hasTime || instrument === undefined || !references.isActive(instrument)) return false;
    if (instrumentId !== undefined && instrumentId !== instrument) return false;
    if (ofBatch !== undefined && ofBatch !== instrument) return false;
    const { columns } = this;
    const row = columns.length;
    if (this.#isUpsideDown(row)) return false;
    columns.instruments[row] = instrument;
    columns.indexes[row] = row;
    columns.length++;
    this.#hasTime = false;
    this.#instrumentId = undefined;
    this.#symbol = undefined;
    this.#hasValue = false;
    return true;
  }

  /** Whether the row's highest price is below its lowest. */
  #isUpsideDown(row: number): boolean {
    const [high, low] = [this.#high, this.#low];
    return high !== undefined && low !== undefined && (high[row] as number) < (low[row] as number);
  }

  /** The result: every record is accepted. */
  validated(): Validated {
    const { columns } = this;
    return { received: columns.length, columns, rejected: [], rejections: [], truncated: 0 };
  }
}
