import type { Rejection } from '../contract/batches.ts';
import { type Field, isStorable } from '../contract/fields.ts';
import { Problem } from '../contract/problem.ts';
import type { References } from './references.ts';

/** Why a record is rejected. */
export type Refusal = Omit<Rejection, 'index' | 'line'>;

/** A rejection as receipts show it. */
export function rejectionOf(index: number, refusal: Refusal, lines?: readonly number[]): Rejection {
  const line = lines?.[index];
  return { index, ...(line === undefined ? {} : { line }), ...refusal };
}

/** What to do about a symbol that no instrument has. */
export function explainUnknown(symbol: string, references: References): string {
  const other = references.inOtherCase(symbol);
  const hint = other === undefined ? 'create it first, or send createInstruments=true' : `${other} differs in case`;
  return `there is no instrument ${symbol.slice(0, 64)}: ${hint}`;
}

/** A record without a value. */
export const EMPTY: Refusal = {
  path: '',
  code: 'empty_record',
  message: 'the record has no value: a price, a size or a volume is needed besides its timestamp',
};

/** A record of an instrument that accepts none. */
export const INACTIVE: Refusal = {
  path: 'symbol',
  code: 'instrument_inactive',
  message: 'the instrument is not active: set its status to active with PUT /v1/instruments/{symbol}',
};

/** A record that names two instruments. */
export const MISMATCH: Refusal = {
  path: 'instrumentId',
  code: 'instrument_mismatch',
  message: 'instrumentId, symbol and the query name different instruments',
};

/**
 * A record with a field that does not exist.
 * @throws Problem forbidden_key
 */
export function unknownField(key: string): Refusal {
  if (key === '__proto__') throw new Problem('forbidden_key', 'a record has the key __proto__, which is never a field');
  return { path: key.slice(0, 100), code: 'unknown_field', message: `there is no field named ${key.slice(0, 100)}` };
}

/** What is wrong with a text; undefined if it is valid. */
export function checkText(field: Field, value: string): Refusal | undefined {
  if (field.choices && !field.choices.includes(value)) {
    return {
      path: field.name,
      code: 'invalid_choice',
      message: `${field.name} must be one of ${field.choices.join(', ')}`,
    };
  }
  if (field.maxLength !== undefined && value.length > field.maxLength) {
    return {
      path: field.name,
      code: 'too_long',
      message: `${field.name} must have at most ${field.maxLength} characters`,
    };
  }
  if (!isStorable(value)) {
    return { path: field.name, code: 'invalid_text', message: `${field.name} has a character that cannot be stored` };
  }
  return undefined;
}
