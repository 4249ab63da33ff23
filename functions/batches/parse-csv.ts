import { CsvError, parse } from 'csv-parse/sync';
import { MAX_LINE_BYTES, MAX_RECORDS } from '../contract/batches.ts';
import type { Field } from '../contract/fields.ts';
import { Problem } from '../contract/problem.ts';

/** `kind` of a CSV column: a field's, or how the record's own columns are read. */
type Reader = (cell: string) => unknown;

/**
 * Reads a CSV body: a header line with field names in camelCase or snake_case (`open`, `high`, `low` and `close` also
 * name prices), then a record a line. An empty cell is null; a cell that is not of its column's type stays text, so that
 * its record is rejected with the reason.
 * @returns the records as objects
 * @throws Problem malformed_body, too_many_records, record_too_large
 */
export function parseCsv(text: string, fields: readonly Field[]): Record<string, unknown>[] {
  const rows = readRows(text);
  const header = rows[0];
  if (header === undefined) return [];
  const columns = header.map(columnFinder(fields));
  const named = new Set(columns.map((column) => column.name));
  if (named.size !== columns.length) throw new Problem('malformed_body', 'the header line names a field twice');
  const records: Record<string, unknown>[] = [];
  for (let i = 1; i < rows.length; i++) {
    const cells = rows[i] as string[];
    const record: Record<string, unknown> = {};
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c] as (typeof columns)[number];
      const cell = cells[c] as string;
      if (cell !== '') record[column.name] = column.read(cell);
    }
    records.push(record);
  }
  return records;
}

function readRows(text: string): string[][] {
  try {
    return parse(text, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: MAX_LINE_BYTES,
      // one more than allowed, and the header, so that too many are noticed without reading them all
      to: MAX_RECORDS + 2,
    }) as string[][];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_MAX_RECORD_SIZE')
      throw new Problem('record_too_large', `a line is longer than ${MAX_LINE_BYTES} bytes`, { cause: error });
    const line = typeof error['lines'] === 'number' ? ` (line ${error['lines']})` : '';
    throw new Problem('malformed_body', `the body is not CSV: ${reasonOf(error.code)}${line}`, { cause: error });
  }
}

/** csv-parse's messages quote the cells, so the client gets words of our own. */
function reasonOf(code: string): string {
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH')
    return 'a line has another number of cells than the header line';
  if (code.includes('QUOTE')) return 'a quotation mark is out of place';
  return 'it cannot be split into lines and cells';
}

function columnFinder(fields: readonly Field[]): (title: string) => { name: string; read: Reader } {
  const known = new Map<string, { name: string; read: Reader }>();
  const add = (name: string, read: Reader, ...titles: string[]) => {
    for (const title of titles) known.set(title, { name, read });
  };
  add('timestamp', timeCell, 'timestamp');
  add('instrumentId', numberCell, 'instrumentId', 'instrument_id');
  add('symbol', textCell, 'symbol');
  for (const field of fields) add(field.name, READERS[field.kind], field.name, field.column, ...(field.csvNames ?? []));
  return (title) => {
    const column = known.get(title);
    if (column === undefined)
      throw new Problem(
        'malformed_body',
        `the header line names an unknown field; known are ${[...known.keys()].join(', ')}`,
      );
    return column;
  };
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const textCell: Reader = (cell) => cell;
const numberCell: Reader = (cell) => (NUMBER.test(cell) ? Number(cell) : cell);
/** Digits alone are epoch milliseconds. */
const timeCell: Reader = (cell) => (/^\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell);

const READERS: Record<Field['kind'], Reader> = {
  number: numberCell,
  integer: numberCell,
  timestamp: timeCell,
  text: textCell,
  choice: textCell,
};
