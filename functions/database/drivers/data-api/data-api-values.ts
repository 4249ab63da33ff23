import type { ColumnMetadata, Field, SqlParameter } from '@aws-sdk/client-rds-data';
import type { Parameter } from '../../database.ts';
import { arrayLiteral, doubleText } from '../array-literal.ts';
import { isoTimestamp } from '../iso-timestamp.ts';

/**
 * A value for a named parameter. Every placeholder is cast in the SQL. So a string serves for numbers that JSON cannot express
 * (infinities, negative zero) and for arrays, which the service does not accept.
 */
export function toField(value: Parameter): Field {
  if (value === null) return { isNull: true };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Object.is(value, -0)) return { stringValue: doubleText(value) };
    return Number.isSafeInteger(value) ? { longValue: value } : { doubleValue: value };
  }
  return 'element' in value ? { stringValue: arrayLiteral(value) } : { blobValue: value };
}

/** The parameter of the placeholder `$n`. */
export const toParameter = (placeholder: number, value: Field): SqlParameter => ({ name: `p${placeholder}`, value });

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  /** Postgres' name of its type; an array's begins with `_`. */
  readonly type: string;
}

/** Other names that the service may use for a type. As in JDBC, a serial column has its own type name. */
const ALIASES: Readonly<Record<string, string>> = {
  smallserial: 'int2',
  serial: 'int4',
  bigserial: 'int8',
  'timestamp with time zone': 'timestamptz',
};

/** The columns of a result, from its metadata. */
export const columnsOf = (metadata: readonly ColumnMetadata[]): ResultColumn[] =>
  metadata.map(({ name, label, typeName = '' }) => ({
    name: label ?? name ?? '',
    type: ALIASES[typeName] ?? typeName,
  }));

/**
 * A value of the result as the `pg` backend returns it: int8 as a number, timestamptz as ISO 8601, JSON parsed, bytea as a
 * Buffer.
 */
export function fromField(field: Field, type: string): unknown {
  if (field.isNull) return null;
  if (field.stringValue !== undefined) return fromText(field.stringValue, type);
  if (field.blobValue !== undefined) return Buffer.from(field.blobValue);
  if (field.arrayValue !== undefined) return Object.values(field.arrayValue)[0];
  return field.longValue ?? field.doubleValue ?? field.booleanValue;
}

/** Converts Postgres' text to the same value. Results that are fetched in pieces contain text. */
export function fromText(text: string, type: string): unknown {
  if (type.startsWith('_')) return JSON.parse(text);
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
    case 'float4':
    case 'float8':
      return Number(text);
    case 'bool':
      return text === 't' || text === 'true';
    case 'json':
    case 'jsonb':
      return JSON.parse(text);
    case 'bytea':
      return Buffer.from(text.slice(2), 'hex');
    case 'timestamptz':
      // the service omits the zone, because it is always UTC
      return isoTimestamp(/[+-]\d\d(:\d\d)*$/.test(text) ? text : `${text}+00`);
    default:
      return text;
  }
}
