import type pg from 'pg';
import type { Parameter, Statement } from '../../database.ts';
import { encodeArray } from './binary-format.ts';
import { textParsers } from './type-parsers.ts';

/**
 * Converts a statement to a query of `pg`. It declares no types, because every placeholder is cast in the text. Buffers are
 * sent in binary format.
 */
export function toQuery({ text, values, doublesAsText }: Statement): pg.QueryConfig {
  const query: pg.QueryConfig = { text, values: values.map(toWire) };
  if (doublesAsText) query.types = textParsers as pg.CustomTypesConfig;
  return query;
}

function isArrayParameter(value: Parameter): value is Extract<Parameter, { element: unknown }> {
  return typeof value === 'object' && value !== null && 'element' in value;
}

function toWire(value: Parameter): string | number | boolean | null | Buffer {
  if (isArrayParameter(value)) return encodeArray(value);
  // pg would write -0 without its sign
  if (Object.is(value, -0)) return '-0';
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}
