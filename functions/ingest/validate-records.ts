import { MAX_REJECTIONS, type Rejection } from '../contract/batches.ts';
import { integerOf, NumberText, TOO_SMALL } from '../contract/epoch.ts';
import { type Field, MAX_INTEGER } from '../contract/fields.ts';
import { readRecordTime, type TimeDialect } from '../contract/record-time.ts';
import { UnreadableRecord } from './parsed-batch.ts';
import { type ColumnValues, RecordColumns } from './record-columns.ts';
import type { References } from './references.ts';
import {
  checkText,
  EMPTY,
  explainUnknown,
  INACTIVE,
  MISMATCH,
  type Refusal,
  rejectionOf,
  unknownField,
} from './refusals.ts';

/** What records are checked against. */
export interface ValidationOptions {
  readonly fields: readonly Field[];
  readonly references: References;
  /** The batch's instrument, from the query, for records that name none. */
  readonly instrumentId?: number | undefined;
  /** The clock, in microseconds since 1970. */
  readonly nowMicros: number;
  readonly time: TimeDialect;
  /** The line that each record begins in, from 1, where the body has lines. */
  readonly lines?: readonly number[] | undefined;
  /** Describes a non-numeric text, for the message. */
  readonly explainText?: ((text: string) => string) | undefined;
}

/** A batch's records, each either accepted into the columns or rejected with a reason. */
export interface Validated {
  readonly received: number;
  readonly columns: RecordColumns;
  /** Input indexes of all rejected records, ascending. */
  readonly rejected: readonly number[];
  /** The first of them in detail. */
  readonly rejections: readonly Rejection[];
  /** How many records had a time that was truncated to microseconds. */
  readonly truncated: number;
}

/** Checks every record of a batch. For each record, the first error in the order of its keys is reported. */
export function validateRecords(records: readonly unknown[], options: ValidationOptions): Validated {
  const validator = new RecordValidator(options, records.length);
  const rejected: number[] = [];
  const rejections: Rejection[] = [];
  for (let index = 0; index < records.length; index++) {
    const refusal = validator.accept(records[index], index);
    if (refusal === undefined) continue;
    rejected.push(index);
    if (rejections.length < MAX_REJECTIONS) rejections.push(rejectionOf(index, refusal, options.lines));
  }
  const { columns, truncated } = validator;
  return { received: records.length, columns, rejected, rejections, truncated };
}

const TIMESTAMP = -1;
const INSTRUMENT_ID = -2;
const SYMBOL = -3;

class RecordValidator {
  readonly columns: RecordColumns;
  /** How many records had a time that was truncated. */
  truncated = 0;
  #isCut = false;
  readonly #options: ValidationOptions;
  readonly #slots: Map<string, number>;
  readonly #required: readonly number[];
  readonly #fallbacks: readonly number[];
  /** The values of which a record must have one. Empty if a required field is a value anyway. */
  readonly #values: readonly ColumnValues[];
  readonly #high: Float64Array | undefined;
  readonly #low: Float64Array | undefined;

  constructor(options: ValidationOptions, capacity: number) {
    this.#options = options;
    this.columns = new RecordColumns(options.fields, capacity);
    this.#slots = new Map(options.fields.map((field, slot) => [field.name, slot]));
    this.#slots.set('timestamp', TIMESTAMP).set('instrumentId', INSTRUMENT_ID).set('symbol', SYMBOL);
    const slotsWhere = (test: (field: Field) => boolean) =>
      options.fields.flatMap((field, slot) => (test(field) ? [slot] : []));
    this.#required = slotsWhere((field) => field.required === true);
    this.#fallbacks = slotsWhere((field) => field.fallback !== undefined);
    this.#values =
      this.#required.length > 0
        ? []
        : this.columns.columns.filter(({ field }) => !field.key).map(({ values }) => values);
    this.#high = this.columns.column('highPrice')?.values as Float64Array | undefined;
    this.#low = this.columns.column('lowPrice')?.values as Float64Array | undefined;
  }

  /** Writes the record's values into the next row of the columns, or returns why it is rejected. */
  accept(record: unknown, index: number): Refusal | undefined {
    const refusal = this.#read(record);
    if (this.#isCut) this.truncated++;
    this.#isCut = false;
    if (refusal !== undefined) {
      this.#clearRow();
      return refusal;
    }
    this.columns.indexes[this.columns.length] = index;
    this.columns.length++;
    return undefined;
  }

  #read(record: unknown): Refusal | undefined {
    if (record instanceof UnreadableRecord) return record.refusal;
    if (typeof record !== 'object' || record === null || Array.isArray(record) || record instanceof NumberText) {
      return { path: '', code: 'invalid_type', message: 'a record must be an object' };
    }
    let micros = Number.NaN;
    let instrumentId: unknown;
    let symbol: unknown;
    for (const key in record) {
      const slot = this.#slots.get(key);
      const value = (record as Record<string, unknown>)[key];
      let refusal: Refusal | undefined;
      if (slot === undefined) return unknownField(key);
      if (slot >= 0) refusal = this.#store(slot, value);
      else if (slot === INSTRUMENT_ID) instrumentId = value;
      else if (slot === SYMBOL) symbol = value;
      else {
        const read = this.#time('timestamp', value);
        if (typeof read === 'number') micros = read;
        else refusal = read;
      }
      if (refusal !== undefined) return refusal;
    }
    if (Number.isNaN(micros)) return { path: 'timestamp', code: 'required', message: 'timestamp is required' };
    const instrument = this.#instrument(instrumentId, symbol);
    if (typeof instrument !== 'number') return instrument;
    if (!this.#options.references.isActive(instrument)) return INACTIVE;
    const row = this.columns.length;
    this.columns.timestamps[row] = micros;
    this.columns.instruments[row] = instrument;
    return this.#complete(row);
  }

  #store(slot: number, value: unknown): Refusal | undefined {
    const { field, values } = this.columns.columns[slot] as RecordColumns['columns'][number];
    if (value === null) return undefined;
    const row = this.columns.length;
    if (field.kind === 'number') {
      if (value instanceof NumberText)
        return { path: field.name, code: 'out_of_range', message: `${field.name} ${TOO_SMALL}` };
      if (typeof value !== 'number') return this.#notA('a number', field.name, value);
      if (!Number.isFinite(value))
        return { path: field.name, code: 'not_finite', message: `${field.name} must be a finite number` };
      if (field.nonNegative && value < 0)
        return { path: field.name, code: 'negative', message: `${field.name} must not be negative` };
      (values as Float64Array)[row] = value;
    } else if (field.kind === 'integer') {
      const integer = integerOf(value);
      if (integer === undefined) return this.#notA('an integer', field.name, value);
      if (Math.abs(integer) > MAX_INTEGER)
        return { path: field.name, code: 'out_of_range', message: `${field.name} must be within ±(2^53 - 1)` };
      if (field.reference === 'rule' && !this.#options.references.hasRule(integer)) {
        return { path: field.name, code: 'unknown_rule', message: `there is no alert rule ${integer}` };
      }
      (values as Float64Array)[row] = integer;
    } else if (field.kind === 'timestamp') {
      const micros = this.#time(field.name, value);
      if (typeof micros !== 'number') return micros;
      (values as Float64Array)[row] = micros;
    } else {
      if (typeof value !== 'string')
        return { path: field.name, code: 'invalid_type', message: `${field.name} must be a string` };
      const refusal = checkText(field, value);
      if (refusal !== undefined) return refusal;
      (values as (string | null)[])[row] = value;
    }
    return undefined;
  }

  #notA(kind: string, path: string, value: unknown): Refusal {
    const hint = typeof value === 'string' ? (this.#options.explainText?.(value) ?? '') : '';
    return { path, code: 'invalid_type', message: `${path} must be ${kind}${hint}` };
  }

  #time(path: string, value: unknown): number | Refusal {
    if (value === null && path === 'timestamp') return { path, code: 'required', message: 'timestamp is required' };
    const { time, nowMicros } = this.#options;
    let read = readRecordTime(value, time, nowMicros);
    if (time.truncate && typeof read !== 'number' && read.code === 'too_precise') {
      this.#isCut = true;
      read = readRecordTime(value, time, nowMicros, true);
    }
    return typeof read === 'number' ? read : { path, code: read.code, message: `${path} ${read.message}` };
  }

  #instrument(id: unknown, symbol: unknown): number | Refusal {
    const { references, instrumentId: ofBatch } = this.#options;
    let instrument: number | undefined;
    if (symbol !== undefined && symbol !== null) {
      if (typeof symbol !== 'string')
        return { path: 'symbol', code: 'invalid_type', message: 'symbol must be a string' };
      instrument = references.instrumentBySymbol(symbol);
      if (instrument === undefined)
        return {
          path: 'symbol',
          code: 'unknown_instrument',
          message: explainUnknown(symbol, references),
        };
    }
    if (id !== undefined && id !== null) {
      const known = integerOf(id);
      if (known === undefined)
        return { path: 'instrumentId', code: 'invalid_type', message: 'instrumentId must be an integer' };
      if (!references.hasInstrument(known))
        return { path: 'instrumentId', code: 'unknown_instrument', message: 'there is no instrument with this id' };
      if (instrument !== undefined && instrument !== known) return MISMATCH;
      instrument = known;
    }
    if (instrument === undefined) {
      return (
        ofBatch ?? {
          path: 'instrumentId',
          code: 'required',
          message: 'instrumentId or symbol is required, in the record or as a query parameter',
        }
      );
    }
    return ofBatch !== undefined && ofBatch !== instrument ? MISMATCH : instrument;
  }

  /** Checks the rules for the whole row. */
  #complete(row: number): Refusal | undefined {
    for (const slot of this.#required) {
      const { field, values } = this.columns.columns[slot] as RecordColumns['columns'][number];
      const value = values[row];
      if (value === null || Number.isNaN(value))
        return { path: field.name, code: 'required', message: `${field.name} is required` };
    }
    for (const slot of this.#fallbacks) {
      const { field, values } = this.columns.columns[slot] as RecordColumns['columns'][number];
      (values as (string | null)[])[row] ??= field.fallback ?? null;
    }
    if (this.#values.length > 0 && this.#values.every((values) => Number.isNaN(values[row]))) return EMPTY;
    if (this.#high && this.#low && (this.#high[row] as number) < (this.#low[row] as number)) {
      return { path: 'highPrice', code: 'high_below_low', message: 'highPrice must be at or above lowPrice' };
    }
    return undefined;
  }

  #clearRow(): void {
    for (const { values } of this.columns.columns)
      values[this.columns.length] = values instanceof Float64Array ? Number.NaN : (null as never);
  }
}
