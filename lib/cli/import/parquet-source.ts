import { asyncBufferFromFile, type ColumnData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { rolesByTitle } from '../../client/dialect/column-roles.ts';
import type { DialectParameters, PreviewRow } from '../../client/index.ts';
import { usageError } from '../terminal/cli-error.ts';
import { dialectOfRecords } from './ndjson-dialect.ts';

export type { ColumnData };

/** Rows read at a time, because a row group may be larger than memory. */
const READ_ROWS = 20_000;

/**
 * Times as the API accepts them, in microseconds. The reader's own parsers return JavaScript dates, which have only
 * milliseconds.
 */
const PARSERS = {
  timestampFromMilliseconds: (value: bigint) => isoOf(value * 1000n),
  timestampFromMicroseconds: (value: bigint) => isoOf(value),
  timestampFromNanoseconds: (value: bigint) => isoOf(value / 1000n),
  dateFromDays: (days: number) => isoOf(BigInt(days) * 86_400_000_000n),
};

function isoOf(micros: bigint): string {
  const seconds = new Date(Number(micros / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}

/** How a Parquet file's columns map to the API's fields. */
export interface ParquetMapping {
  /** Fields by column. */
  readonly fields: ReadonlyMap<string, string>;
  readonly ignored: readonly string[];
}

/** Inspects the columns and the first rows of a Parquet file. @throws CliError if no column is a time */
export async function sniffParquet(path: string, given: DialectParameters) {
  const { columns: declared, ...parameters } = given;
  const { fields, ignored } = await mappingOf(path, declared);
  const records = await Array.fromAsync(parquetRecords(path, fields, 100));
  const dialect = dialectOfRecords(records, parameters);
  const notes = [...(ignored.length === 0 ? [] : [`Not read: ${ignored.join(', ')}.`]), ...dialect.notes];
  const columns = [...fields].map(([column, field]) => `${field}=${column}`).join(',');
  const rows = records.map((record, i) => ({ line: i + 1, record })) as PreviewRow[];
  return { dialect: { ...dialect, parameters: { ...dialect.parameters, columns }, notes }, rows };
}

async function mappingOf(path: string, declared: string | undefined): Promise<ParquetMapping> {
  const file = await asyncBufferFromFile(path);
  const { schema } = await parquetMetadataAsync(file);
  const titles = schema
    .slice(1)
    .filter(({ num_children }) => !num_children)
    .map(({ name }) => name);
  const fields = declared === undefined ? guessed(titles) : readDeclared(declared);
  if (![...fields.values()].includes('timestamp'))
    throw usageError(`${path}: no column is recognised as the time: --columns timestamp=COLUMN,price=COLUMN`);
  return { fields, ignored: titles.filter((title) => !fields.has(title)) };
}

function guessed(titles: readonly string[]): Map<string, string> {
  const roles = rolesByTitle(titles.map((title, index) => ({ index, title, fits: () => true })));
  const time = [roles.get('timestamp'), roles.get('date'), roles.get('time')].find((index) => index !== undefined);
  const others = [...roles].filter(([role]) => role !== 'date' && role !== 'time' && role !== 'timestamp');
  const fields = new Map(others.map(([role, index]) => [titles[index] ?? '', role as string]));
  return time === undefined ? fields : fields.set(titles[time] ?? '', 'timestamp');
}

const readDeclared = (declared: string): Map<string, string> =>
  new Map(
    declared.split(',').map((item) => {
      const [field = '', column = field] = item.split(/=(.*)/);
      return [column, field];
    }),
  );

/** The rows of a Parquet file as records of the API, in order. @param most the largest number of rows */
export async function* parquetRecords(
  path: string,
  fields: ReadonlyMap<string, string>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Record<string, unknown>> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const total = Math.min(Number(metadata.num_rows), most);
  const columns = [...fields.keys()];
  for (let rowStart = 0; rowStart < total; rowStart += READ_ROWS) {
    const rowEnd = Math.min(total, rowStart + READ_ROWS);
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns,
      rowStart,
      rowEnd,
      compressors,
      parsers: PARSERS as never,
    });
    for (const row of rows) yield recordOf(row as Record<string, unknown>, fields);
  }
}

function recordOf(row: Record<string, unknown>, fields: ReadonlyMap<string, string>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [column, field] of fields) {
    const value = row[column];
    if (typeof value === 'bigint') record[field] = Number(value);
    // Parquet files contain NaN where a value is missing
    else if (value !== undefined && !Number.isNaN(value)) record[field] = value;
  }
  return record;
}

/** The columns that a plan has chosen, from its `columns` parameter. */
export const mappingFromColumns = readDeclared;
