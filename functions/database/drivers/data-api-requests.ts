import type { ExecuteStatementCommandInput, Field } from '@aws-sdk/client-rds-data';
import type { Statement } from '../database.ts';
import { namedSql, nameParameters, settingOf } from './data-api-sql.ts';
import { toField, toParameter } from './data-api-values.ts';

/** The service's limit for a request, headers included; what is left over is for ARNs, headers, names. Bytes. */
export const REQUEST_BYTES = 4 * 1024 * 1024;
const BODY_BYTES = REQUEST_BYTES - 64 * 1024;
/** No value under this is worth an upload. Characters. */
const SMALL = 4096;

export type Request = Pick<ExecuteStatementCommandInput, 'sql' | 'parameters'>;

export interface PreparedStatement {
  readonly input: Request;
  /** To be run before, in the same transaction. */
  readonly uploads: readonly Request[];
}

/**
 * A statement as requests that each fit. What does not fit beside the others goes first, in pieces, into settings of the
 * transaction (`set_config(…, true)`), which the statement then reads; they are gone when the transaction ends.
 */
export function prepare({ text, values }: Statement): PreparedStatement {
  const named = namedSql(text);
  const fields = new Map(named.placeholders.map((number) => [number, toField(values[number - 1] ?? null)]));
  const uploads = tooMuch(fields, Buffer.byteLength(text) * 2);
  if (uploads.length === 0) return { input: { sql: named.sql, parameters: parametersOf(fields) }, uploads: [] };
  const requests = uploads.flatMap((number) => piecesOf(number, fields.get(number)?.stringValue as string));
  for (const number of uploads) fields.delete(number);
  const { sql } = nameParameters(text, new Set(uploads));
  return { input: { sql, parameters: parametersOf(fields) }, uploads: requests };
}

const parametersOf = (fields: ReadonlyMap<number, Field>) =>
  [...fields].map(([number, field]) => toParameter(number, field));

/** The placeholders whose values have to go first, largest first, so that the rest fits. */
function tooMuch(fields: ReadonlyMap<number, Field>, otherBytes: number): number[] {
  const large: { number: number; bytes: number }[] = [];
  let bytes = otherBytes;
  let chars = 0;
  for (const { stringValue } of fields.values()) chars += stringValue?.length ?? 0;
  // a UTF-16 unit is at most 6 bytes in JSON: most requests need no counting
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

/** A value's way into a setting: the first piece sets it, each other is put behind. */
function piecesOf(number: number, value: string): Request[] {
  const setting = settingOf(number);
  const requests: Request[] = [];
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

/** As far as a request reaches, and never between the halves of a surrogate pair. */
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
