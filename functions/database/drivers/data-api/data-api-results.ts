import type { ExecuteStatementCommandInput, ExecuteStatementCommandOutput, Field } from '@aws-sdk/client-rds-data';
import type { Row, Statement } from '../../database.ts';
import type { StatementRequest } from './data-api-requests.ts';
import { columnsOf, fromField, fromText, type ResultColumn } from './data-api-values.ts';

/** The service's limit for a whole result. Bytes. */
export const RESULT_BYTES = 1024 * 1024;
/** The service's limit for one row of a result. Bytes. */
export const ROW_BYTES = 64 * 1024;

/** Whether a result of this size is more than the service returns in one call. */
export const exceedsResult = (expected: Statement['expected']): boolean =>
  expected !== undefined && (expected.rowBytes > ROW_BYTES || expected.rows * expected.rowBytes > RESULT_BYTES);

/**
 * A piece is one row and is sent in base64: 47,000 bytes become 62,667. Sixteen of them form a group of 1,002,672 bytes,
 * which is within the limit of a result, with room for the JSON around it.
 */
const PIECE_BYTES = 47_000;
const PIECES = 16;
const GROUP_BYTES = PIECE_BYTES * PIECES;

/** Makes one call to the service, in the current transaction. */
export type Execute = (input: Partial<ExecuteStatementCommandInput>) => Promise<ExecuteStatementCommandOutput>;

/** The rows of a result that includes its metadata. */
export function rowsOf<R extends Row>({ records = [], columnMetadata = [] }: ExecuteStatementCommandOutput): R[] {
  const columns = columnsOf(columnMetadata);
  return records.map((record) => rowOf<R>(columns, (i, { type }) => fromField(record[i] as Field, type)));
}

function rowOf<R extends Row>(
  columns: readonly ResultColumn[],
  valueAt: (index: number, column: ResultColumn) => unknown,
): R {
  const row: Row = {};
  for (const [i, column] of columns.entries()) row[column.name] = valueAt(i, column);
  return row as R;
}

const WRITES = /\b(insert|update|delete|merge)\b/i;

/** Whether a statement only reads, so that it can be used as a subquery. A `for update` counts as writing. */
export const isQuery = (text: string): boolean => /^\s*(select|with)\b/i.test(text) && !WRITES.test(text);

/** The columns of queries that have been fetched in pieces, by the query's text, which is constant. */
const known = new Map<string, readonly ResultColumn[]>();

/**
 * The rows of a query whose result may be larger than the service returns in one call. The query runs once, and its rows become
 * lines of JSON. These are stored in settings of the transaction, one group per setting, and fetched with one call per group.
 * Values are Postgres' own text, so they are parsed as on the other backends.
 */
export async function fetchInPieces<R extends Row>(
  execute: Execute,
  text: string,
  input: StatementRequest,
): Promise<R[]> {
  const columns = await describe(execute, text, input);
  const rows: R[] = [];
  const lines = new Lines((line) => {
    const values = JSON.parse(line) as (string | null)[];
    rows.push(rowOf<R>(columns, (i, { type }) => (values[i] == null ? null : fromText(values[i], type))));
  });
  const { records = [] } = await execute({ ...input, sql: keepResult(input.sql ?? '', columns) });
  const groups = records[0]?.[0]?.longValue ?? 0;
  for (const [, piece] of records) lines.add(bytesOf(piece));
  for (let group = 1; group <= groups; group++) {
    const { records: more = [] } = await execute({
      sql: FETCH_GROUP,
      parameters: [{ name: 'n', value: { longValue: group } }],
    });
    for (const [piece] of more) lines.add(bytesOf(piece));
  }
  lines.end();
  return rows;
}

/** The columns of a query. They are requested once per query. */
async function describe(
  execute: Execute,
  text: string,
  { sql, parameters }: StatementRequest,
): Promise<readonly ResultColumn[]> {
  const columns = known.get(text);
  if (columns !== undefined) return columns;
  const { columnMetadata = [] } = await execute({
    sql: `select * from (\n${sql}\n) described limit 0`,
    parameters,
    includeResultMetadata: true,
  });
  const found = columnsOf(columnMetadata);
  known.set(text, found);
  return found;
}

/** SQL that runs the query, stores its lines, and returns the number of remaining groups and the pieces of the first one. */
function keepResult(sql: string, columns: readonly ResultColumn[]): string {
  const values = columns.map(({ name, type }) => {
    const column = `q."${name.replaceAll('"', '""')}"`;
    return type.startsWith('_') ? `to_json(${column})::text` : `${column}::text`;
  });
  return `
with found as materialized (
  select convert_to(coalesce(string_agg(json_build_array(${values.join(', ')})::text, E'\\n'), ''), 'UTF8') as bytes from (
${sql}
  ) q
), kept as materialized (
  select set_config('tick_store.r' || n, encode(substring(bytes from n * ${GROUP_BYTES} + 1 for ${GROUP_BYTES}), 'base64'), true)
    from found cross join lateral generate_series(1, (length(bytes) - 1) / ${GROUP_BYTES}) n
)
select (select count(*) from kept), substring(bytes from n * ${PIECE_BYTES} + 1 for ${PIECE_BYTES})
  from found cross join lateral generate_series(0, least((length(bytes) - 1) / ${PIECE_BYTES}, ${PIECES - 1})) n
 order by n`;
}

const FETCH_GROUP = `
with kept as materialized (select decode(current_setting('tick_store.r' || :n::text), 'base64') as bytes)
select substring(bytes from n * ${PIECE_BYTES} + 1 for ${PIECE_BYTES})
  from kept cross join lateral generate_series(0, (length(bytes) - 1) / ${PIECE_BYTES}) n
 order by n`;

function bytesOf(field: Field | undefined): Uint8Array {
  if (field?.blobValue === undefined) throw new Error('a piece of a result is missing');
  return field.blobValue;
}

const NEWLINE = 10;

/** Splits bytes into lines as they arrive, so that no result is in memory twice. */
class Lines {
  readonly #onLine: (line: string) => void;
  #rest: Uint8Array[] = [];

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(bytes: Uint8Array): void {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
      this.#rest.push(bytes.subarray(from, at));
      this.end();
      from = at + 1;
    }
    this.#rest.push(bytes.subarray(from));
  }

  end(): void {
    const line = Buffer.concat(this.#rest).toString('utf8');
    this.#rest = [];
    if (line !== '') this.#onLine(line);
  }
}
