import type { ExecuteStatementCommandInput, ExecuteStatementCommandOutput, Field } from '@aws-sdk/client-rds-data';
import type { Row } from '../database.ts';
import type { Request } from './data-api-requests.ts';
import { type Column, columnsOf, fromField, fromText } from './data-api-values.ts';

/** The service's limits for a result: the whole, and one row. Bytes. */
export const RESULT_BYTES = 1024 * 1024;
export const ROW_BYTES = 64 * 1024;

/**
 * A piece is a row of its own, and travels in base64: 47,000 bytes are 62,667 then. Sixteen of them are 1,002,672, which is
 * within the limit of a result, with room for the JSON around.
 */
const PIECE_BYTES = 47_000;
const PIECES_A_CALL = 16;

export type Execute = (input: Partial<ExecuteStatementCommandInput>) => Promise<ExecuteStatementCommandOutput>;

/** The rows of a result that came with its metadata. */
export function rowsOf<R extends Row>({ records = [], columnMetadata = [] }: ExecuteStatementCommandOutput): R[] {
  const columns = columnsOf(columnMetadata);
  return records.map((record) => rowOf<R>(columns, (i, { type }) => fromField(record[i] as Field, type)));
}

function rowOf<R extends Row>(columns: readonly Column[], valueAt: (index: number, column: Column) => unknown): R {
  const row: Row = {};
  for (const [i, column] of columns.entries()) row[column.name] = valueAt(i, column);
  return row as R;
}

const WRITES = /\b(insert|update|delete|merge)\b/i;

/** Whether a statement only reads, so that it can stand in a subquery. Strict: a `for update` counts as writing. */
export const isQuery = (text: string): boolean => /^\s*(select|with)\b/i.test(text) && !WRITES.test(text);

/** The columns of queries that have been fetched in pieces, by their text, which is constant. */
const known = new Map<string, readonly Column[]>();

/**
 * The rows of a query whose result may be larger than the service hands over: the query runs once, its rows become one JSON
 * text in a setting of the transaction, and that is fetched in as many calls as it takes. Values are Postgres' own text,
 * so they are read as they are elsewhere.
 */
export async function fetchInPieces<R extends Row>(execute: Execute, text: string, input: Request): Promise<R[]> {
  const { sql, parameters } = input;
  let columns = known.get(text);
  if (columns === undefined) {
    const described = await execute({
      sql: `select * from (\n${sql}\n) described limit 0`,
      parameters,
      includeResultMetadata: true,
    });
    columns = columnsOf(described.columnMetadata ?? []);
    known.set(text, columns);
  }
  const values = columns.map(({ name, type }) => {
    const column = `q."${name.replaceAll('"', '""')}"`;
    return type.startsWith('_') ? `to_json(${column})::text` : `${column}::text`;
  });
  const kept = await execute({
    sql: `with kept as materialized (
  select set_config('tick_store.result', coalesce((select json_agg(json_build_array(${values.join(', ')})) from (\n${sql}\n) q)::text, '[]'), true) as t)
select octet_length(t), substring(convert_to(t, 'UTF8') from 1 for ${PIECE_BYTES}) from kept`,
    parameters,
  });
  const [length, first] = kept.records?.[0] ?? [];
  const pieces = [blobOf(first)];
  const bytes = length?.longValue ?? 0;
  for (let from = PIECE_BYTES; from < bytes; from += PIECE_BYTES * PIECES_A_CALL) {
    const { records = [] } = await execute({
      sql: NEXT_PIECES,
      parameters: [{ name: 'from', value: { longValue: from } }],
    });
    for (const [piece] of records) pieces.push(blobOf(piece));
  }
  const rows = JSON.parse(Buffer.concat(pieces).toString('utf8')) as (string | null)[][];
  const found = columns;
  return rows.map((row) => rowOf<R>(found, (i, { type }) => (row[i] == null ? null : fromText(row[i], type))));
}

const NEXT_PIECES = `with kept as materialized (select convert_to(current_setting('tick_store.result'), 'UTF8') as t)
select substring(t from (:from + n * ${PIECE_BYTES} + 1)::int4 for ${PIECE_BYTES})
  from kept, generate_series(0, ${PIECES_A_CALL - 1}) n
 where :from + n * ${PIECE_BYTES} < length(t)
 order by n`;

function blobOf(field: Field | undefined): Uint8Array {
  if (field?.blobValue === undefined) throw new Error('a piece of a result is missing');
  return field.blobValue;
}
