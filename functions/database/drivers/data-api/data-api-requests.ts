import type { ExecuteStatementCommandInput, Field } from '@aws-sdk/client-rds-data';
import type { Statement } from '../../database.ts';
import { joinParts, type Placeholder, partsOf, type SqlParts } from './data-api-sql.ts';
import { toField, toParameter } from './data-api-values.ts';

/** The service's limit for a request, including headers. The difference to the body is for ARNs, headers and names. Bytes. */
export const REQUEST_BYTES = 4 * 1024 * 1024;
const BODY_BYTES = REQUEST_BYTES - 64 * 1024;
/** Values up to this length are never uploaded separately. Characters. */
const SMALL = 4096;
/** The longest literals in one SQL text, in total. The service accepts a text of 65,536 characters. */
const LITERAL_CHARS = 40_000;

/** The part of a call that differs between statements. */
export type StatementRequest = Pick<ExecuteStatementCommandInput, 'sql' | 'parameters'>;

/** A statement, split into calls that each fit the service's limits. */
export interface PreparedStatement {
  readonly input: StatementRequest;
  /** To be run before `input`, in the same transaction. */
  readonly uploads: readonly StatementRequest[];
}

/**
 * Splits a statement into requests that each fit the limits. Values that do not fit are sent first, in pieces, into settings of
 * the transaction (`set_config(…, true)`), which the statement then reads. The settings end with the transaction.
 */
export function prepare({ text, values }: Statement): PreparedStatement {
  const parts = partsOf(text);
  const fields = new Map<number, Field>();
  const literals = new Map<number, string>();
  const lists = new Set<number>();
  let literalChars = 0;
  for (const part of parts) {
    if (typeof part === 'string' || fields.has(part.number) || literals.has(part.number)) continue;
    const field = toField(values[part.number - 1] ?? null);
    const literal = literalOf(field, part);
    const chars = literal === undefined ? 0 : literal.length * occurrences(parts, part.number);
    if (literal !== undefined && literalChars + chars <= LITERAL_CHARS) {
      literals.set(part.number, literal);
      literalChars += chars;
    } else {
      const list = listOf(field, part);
      if (list !== undefined) lists.add(part.number);
      fields.set(part.number, list ?? field);
    }
  }
  const uploaded = tooMuch(fields, Buffer.byteLength(text) * 2 + literalChars);
  const uploads = uploaded.flatMap((number) => piecesOf(number, fields.get(number)?.stringValue as string));
  for (const number of uploaded) fields.delete(number);
  const sql = joinParts(parts, ({ number, cast }) => {
    const literal = literals.get(number);
    if (literal !== undefined) return `${literal}${cast}`;
    const typed = (text: string) =>
      lists.has(number) ? `string_to_array(${text}, ',', 'NULL')${cast}` : `${text}${cast}`;
    // in a subquery together with its cast, so that the setting is read once and not for each row
    return fields.has(number) ? typed(`:p${number}`) : `(select ${typed(`current_setting('${settingOf(number)}')`)})`;
  });
  return { input: { sql, parameters: [...fields].map(([number, field]) => toParameter(number, field)) }, uploads };
}

/**
 * Values of these types are written as literals. The service sends a string as text, and Postgres casts text to these types
 * only at execution. The plan then does not exclude partitions, and a function of ids is called for each row: a dry run of
 * 20,000 ids over 40,000 rows took over 20 s instead of 1. Literals are constants, as the values are on the other backends.
 * The patterns allow only digits and a few marks, so nothing can end a literal.
 */
const LITERALS: Readonly<Record<string, RegExp>> = {
  '::timestamptz': /^[\d:.TZ +-]{1,40}$/,
  '::int8[]': /^\{[\d,-]*\}$/,
};

function literalOf({ stringValue }: Field, { cast }: Placeholder): string | undefined {
  return stringValue !== undefined && LITERALS[cast]?.test(stringValue) ? `'${stringValue}'` : undefined;
}

/** Ids that are too many for a literal, as a comma-separated list. The planner splits it and casts its items at once. */
function listOf({ stringValue }: Field, { cast }: Placeholder): Field | undefined {
  return cast === '::int8[]' && stringValue !== undefined ? { stringValue: stringValue.slice(1, -1) } : undefined;
}

const occurrences = (parts: SqlParts, number: number): number =>
  parts.filter((part) => typeof part !== 'string' && part.number === number).length;

/** The setting that holds a value too large for a request, until the transaction ends. */
const settingOf = (placeholder: number): string => `tick_store.p${placeholder}`;

/** The placeholders whose values must be sent first so that the rest fits; the largest values come first. */
function tooMuch(fields: ReadonlyMap<number, Field>, otherBytes: number): number[] {
  const large: { number: number; bytes: number }[] = [];
  let bytes = otherBytes;
  let chars = 0;
  for (const { stringValue } of fields.values()) chars += stringValue?.length ?? 0;
  // a UTF-16 unit is at most 6 bytes in JSON, so the bytes of most requests need not be counted
  if (chars * 6 + fields.size * 64 + otherBytes <= BODY_BYTES) return [];
  for (const [number, { stringValue, blobValue }] of fields) {
    const size = 64 + (stringValue === undefined ? (blobValue?.length ?? 0) * 2 : jsonBytes(stringValue));
    bytes += size;
    if ((stringValue?.length ?? 0) > SMALL) large.push({ number, bytes: size });
  }
  large.sort((a, b) => b.bytes - a.bytes);
  const uploads: number[] = [];
  for (const { number, bytes: size } of large) {
    if (bytes <= BODY_BYTES) break;
    uploads.push(number);
    bytes -= size;
  }
  return uploads;
}

/** The requests that put a value into a setting. The first piece sets it, and each further piece is appended. */
function piecesOf(number: number, value: string): StatementRequest[] {
  const setting = settingOf(number);
  const requests: StatementRequest[] = [];
  for (let from = 0; from < value.length; ) {
    const to = endOfPiece(value, from);
    const before = from === 0 ? '' : `current_setting('${setting}') || `;
    requests.push({
      sql: `select set_config('${setting}', ${before}:piece, true) is null as missing`,
      parameters: [{ name: 'piece', value: { stringValue: value.slice(from, to) } }],
    });
    from = to;
  }
  return requests;
}

/** The end of the longest piece that fits into a request. It never splits a surrogate pair. */
function endOfPiece(value: string, from: number): number {
  let length = Math.min(BODY_BYTES, value.length - from);
  for (;;) {
    if (from + length < value.length && /[\uD800-\uDBFF]/.test(value[from + length - 1] as string)) length--;
    const bytes = jsonBytes(value.slice(from, from + length));
    if (bytes <= BODY_BYTES) return from + length;
    length = Math.floor((length * BODY_BYTES * 0.98) / bytes);
  }
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
