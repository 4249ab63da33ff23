import type pg from 'pg';
import type { SqlParameterValue } from './bind-parameters.ts';
import { ServiceError } from './service-error.ts';

/** The service's limits for a result. Bytes. */
export const RESULT_BYTES = 1024 * 1024;
export const ROW_BYTES = 64 * 1024;

export interface ResultOptions {
  readonly includeResultMetadata?: boolean;
  readonly formatRecordsAs?: 'NONE' | 'JSON';
  readonly resultSetOptions?: {
    readonly decimalReturnType?: 'STRING' | 'DOUBLE_OR_LONG';
    readonly longReturnType?: 'LONG' | 'STRING';
  };
}

type ScalarKind = 'boolean' | 'long' | 'double' | 'decimal' | 'blob' | 'timestamptz' | 'string';

/** The supported result types by OID (pg_type.dat), with the name in the metadata and the encoding of a value. */
const TYPES: Readonly<Record<number, readonly [name: string, kind: ScalarKind]>> = {
  16: ['bool', 'boolean'],
  17: ['bytea', 'blob'],
  19: ['name', 'string'],
  20: ['int8', 'long'],
  21: ['int2', 'long'],
  23: ['int4', 'long'],
  25: ['text', 'string'],
  26: ['oid', 'long'],
  114: ['json', 'string'],
  700: ['float4', 'double'],
  701: ['float8', 'double'],
  869: ['inet', 'string'],
  1042: ['bpchar', 'string'],
  1043: ['varchar', 'string'],
  1082: ['date', 'string'],
  1083: ['time', 'string'],
  1114: ['timestamp', 'string'],
  1184: ['timestamptz', 'timestamptz'],
  1700: ['numeric', 'decimal'],
  2950: ['uuid', 'string'],
  3802: ['jsonb', 'string'],
};

/** The supported array types: their OID and that of their elements. */
const ARRAYS: Readonly<Record<number, number>> = {
  1000: 16,
  1005: 21,
  1007: 23,
  1009: 25,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1185: 1184,
  2951: 2950,
};

/** A query's result, every value as Postgres' text. */
export interface TextResult {
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * A result in the service's form.
 * @throws ServiceError if a type is not supported, or if the result exceeds a limit
 */
export function responseOf(result: TextResult, options: ResultOptions): object {
  const columns = result.fields.map((field) => columnOf(field, options));
  const records = result.rows.map((row) => {
    const bytes = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    // PostgreSQL sends bytea in hexadecimal; only its decoded size counts
    const halves = columns.reduce(
      (sum, column, i) => sum + (column.kind === 'blob' ? (row[i]?.length ?? 0) / 2 : 0),
      0,
    );
    if (bytes - halves > ROW_BYTES) throw new ServiceError('BadRequestException', 'Packet for query is too large');
    return row.map((value, i) => (value === null ? { isNull: true } : (columns[i] as EncodedColumn).encode(value)));
  });
  const changed = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(result.command ?? '');
  const response = {
    numberOfRecordsUpdated: changed ? (result.rowCount ?? 0) : 0,
    generatedFields: [],
    ...(columns.length === 0 ? {} : recordsOf(records, columns, options)),
  };
  if (Buffer.byteLength(JSON.stringify(response)) > RESULT_BYTES)
    throw new ServiceError('BadRequestException', 'Database response exceeded size limit');
  return response;
}

function recordsOf(
  records: SqlParameterValue[][],
  columns: EncodedColumn[],
  { includeResultMetadata, formatRecordsAs }: ResultOptions,
) {
  if (formatRecordsAs === 'JSON') {
    if (new Set(columns.map(({ name }) => name)).size < columns.length)
      throw new ServiceError('UnsupportedResultException', 'Duplicate column names are not supported for JSON.');
    const plain = records.map((row) => Object.fromEntries(row.map((field, i) => [columns[i]?.name, plainOf(field)])));
    return { formattedRecords: JSON.stringify(plain) };
  }
  const metadata = columns.map(({ name, typeName }) => ({ name, label: name, typeName, nullable: 2 }));
  return { records, ...(includeResultMetadata ? { columnMetadata: metadata } : {}) };
}

const plainOf = (field: SqlParameterValue): unknown => (field.isNull ? null : Object.values(field)[0]);

interface EncodedColumn {
  readonly name: string;
  readonly typeName: string;
  readonly kind: ScalarKind | 'array';
  readonly encode: (text: string) => SqlParameterValue;
}

function columnOf({ name, dataTypeID }: pg.FieldDef, options: ResultOptions): EncodedColumn {
  const element = ARRAYS[dataTypeID];
  const type = TYPES[element ?? dataTypeID];
  if (type === undefined)
    throw new ServiceError(
      'UnsupportedResultException',
      `The result contains the unsupported data type ${dataTypeID}.`,
    );
  const [typeName, kind] = type;
  if (element !== undefined) {
    return { name, typeName: `_${typeName}`, kind: 'array', encode: (text) => arrayField(text, kind, options) };
  }
  return { name, typeName, kind, encode: (text) => scalarField(text, kind, options) };
}

function scalarField(text: string, kind: ScalarKind, { resultSetOptions = {} }: ResultOptions): SqlParameterValue {
  const { decimalReturnType = 'STRING', longReturnType = 'LONG' } = resultSetOptions;
  switch (kind) {
    case 'boolean':
      return { booleanValue: text === 't' };
    case 'long':
      return longReturnType === 'STRING' ? { stringValue: text } : { longValue: Number(text) };
    case 'double':
      return { doubleValue: Number.isFinite(Number(text)) ? rawNumber(text) : text };
    case 'decimal':
      return decimalReturnType === 'STRING' ? { stringValue: text } : { doubleValue: Number(text) };
    case 'blob':
      return { blobValue: Buffer.from(text.slice(2), 'hex').toString('base64') };
    case 'timestamptz':
      // always in UTC, without an offset
      return { stringValue: text.replace(/\+00$/, '') };
    case 'string':
      return { stringValue: text };
  }
}

/** A number that goes into the JSON as PostgreSQL wrote it. `JSON.stringify` would lose the sign of a zero. */
const rawNumber = (text: string): number => (JSON as unknown as { rawJSON(text: string): number }).rawJSON(text);

const ARRAY_MEMBERS: Partial<Record<ScalarKind, string>> = {
  boolean: 'booleanValues',
  long: 'longValues',
  double: 'doubleValues',
};

/** Supports one dimension only. Once quoted elements are taken out, no comma or brace is ambiguous. */
function arrayField(text: string, kind: ScalarKind, options: ResultOptions): SqlParameterValue {
  if (!text.startsWith('{') || text.startsWith('{{'))
    throw new ServiceError('UnsupportedResultException', 'Multidimensional arrays are not supported.');
  const elements = [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)].map(([, quoted, bare]) =>
    quoted !== undefined ? quoted.replace(/\\(.)/g, '$1') : bare === 'NULL' ? null : (bare as string),
  );
  const values = elements.map((value) => (value === null ? null : plainOf(scalarField(value, kind, options))));
  return { arrayValue: { [ARRAY_MEMBERS[kind] ?? 'stringValues']: values } };
}
