import { CsvError, parse } from 'csv-parse/sync';
import { MAX_LINE_BYTES, MAX_RECORDS } from '../contract/batches.ts';
import type { Field } from '../contract/fields.ts';
import { Problem } from '../contract/problem.ts';

/** How a column's cells are read. */
type Reader = (cell: string) => unknown;

interface Column {
  readonly name: string;
  readonly read: Reader;
}

/**
 * Reads a CSV body: a header line with field names in camelCase or snake_case (`open`, `high`, `low` and `close` also
 * name prices), then a record a line. An empty cell is null; a cell that is not of its column's type stays text, so that
 * its record is rejected with the reason.
 * @returns the records as objects; at most one more than a batch may have
 * @throws Problem malformed_body, record_too_large
 */
export function parseCsv(text: string, fields: readonly Field[]): Record<string, unknown>[] {
  checkRecordSizes(text);
  let columns: readonly Column[] | undefined;
  const records: Record<string, unknown>[] = [];
  eachRow(text, (cells) => {
    if (columns === undefined) columns = readHeader(cells, fields);
    else records.push(readRecord(cells, columns));
  });
  return records;
}

const QUOTE = 34;

/** Before anything is split: a record of 64 MiB of commas would become as many cells. Sizes are in UTF-16 units. */
function checkRecordSizes(text: string): void {
  let quoted = false;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) quoted = !quoted;
    if (i - start > MAX_LINE_BYTES) {
      const hint = quoted ? ': is a quotation mark left open?' : '';
      throw new Problem('record_too_large', `a line is longer than ${MAX_LINE_BYTES} bytes${hint}`);
    }
    if (!quoted && (char === 10 || char === 13)) start = i + 1;
  }
}

function readHeader(titles: readonly string[], fields: readonly Field[]): Column[] {
  const columns = titles.map(columnFinder(fields));
  if (new Set(columns.map((column) => column.name)).size !== columns.length)
    throw new Problem('malformed_body', 'the header line names a field twice');
  return columns;
}

function readRecord(cells: readonly string[], columns: readonly Column[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c] as Column;
    const cell = cells[c] as string;
    if (cell !== '') record[column.name] = column.read(cell);
  }
  return record;
}

function eachRow(text: string, take: (cells: string[]) => void): void {
  try {
    parse(text, {
      // said, because it would be taken from the header line alone
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      trim: true,
      // one more than allowed, and the header, so that too many are noticed without reading them all
      to: MAX_RECORDS + 2,
      // taken one by one: what it throws ends the reading, and what it keeps is not kept twice
      on_record: (cells: string[]) => {
        take(cells);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
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

function columnFinder(fields: readonly Field[]): (title: string, index: number) => Column {
  const known = new Map<string, Column>();
  const add = (name: string, read: Reader, ...titles: string[]) => {
    for (const title of titles) known.set(title, { name, read });
  };
  add('timestamp', timeCell, 'timestamp');
  add('instrumentId', numberCell, 'instrumentId', 'instrument_id');
  add('symbol', textCell, 'symbol');
  for (const field of fields) add(field.name, READERS[field.kind], field.name, field.column, ...(field.csvNames ?? []));
  return (title, index) => {
    const column = known.get(title);
    if (column === undefined)
      throw new Problem(
        'malformed_body',
        `column ${index + 1} of the header line names an unknown field; known are ${[...known.keys()].join(', ')}`,
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
