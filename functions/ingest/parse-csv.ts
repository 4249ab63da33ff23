import { MAX_RECORDS } from '../contract/batches.ts';
import { type Dialect, PLAIN_DIALECT } from '../contract/dialect.ts';
import type { Field } from '../contract/fields.ts';
import { type ColumnPlan, planByOrder, planByTitles, UnknownTitles } from './csv-columns.ts';
import { explainHeader } from './explain-header.ts';
import { type ParsedBatch, UnreadableRecord } from './parsed-batch.ts';
import { splitCsv } from './split-csv.ts';

/**
 * Reads a CSV body in a declared dialect: a header line with titles, then one record per line. An empty cell is null. A
 * cell that is not of its column's type stays text, so its record is rejected with the reason. A line with too few
 * cells is rejected too.
 * @returns the records as objects; at most one more than a batch may have
 * @throws Problem malformed_body, record_too_large, invalid_request
 */
export function parseCsv(text: string, fields: readonly Field[], dialect: Dialect = PLAIN_DIALECT): ParsedBatch {
  const delimiter = dialect.delimiter ?? ',';
  let plan: ColumnPlan | undefined = dialect.header ? undefined : planByOrder(fields, dialect);
  const nulls = new Set(dialect.nullValues);
  const records: unknown[] = [];
  const lines: number[] = [];
  // one more than a batch may have, and the header line
  const maxRows = MAX_RECORDS + (dialect.header ? 2 : 1);
  const rows = splitCsv(text, { ...dialect, delimiter, maxRows }, (cells, line) => {
    if (plan === undefined) {
      plan = readTitles(cells, line, text, fields, dialect);
      return;
    }
    records.push(readRecord(cells, plan, nulls));
    lines.push(line);
  });
  return { records, lines, count: Math.max(0, dialect.header ? rows - 1 : rows) };
}

function readTitles(
  titles: readonly string[],
  line: number,
  text: string,
  fields: readonly Field[],
  dialect: Dialect,
): ColumnPlan {
  try {
    return planByTitles(titles, fields, dialect);
  } catch (error) {
    throw error instanceof UnknownTitles ? explainHeader(error, titles, text, dialect, line) : error;
  }
}

function readRecord(cells: readonly string[], plan: ColumnPlan, nulls: ReadonlySet<string>): object {
  if (cells.length !== plan.width) {
    const isLonger = cells.length > plan.width && cells.slice(plan.width).every((cell) => cell === '');
    if (!isLonger) return wrongWidth(cells.length, plan);
  }
  if (
    plan.titles !== undefined &&
    cells[0] === plan.titles[0] &&
    plan.titles.every((title, index) => title === cells[index])
  )
    return new UnreadableRecord('repeated_header', 'the line repeats the header line');
  const record: Record<string, unknown> = {};
  for (const { name, cells: places, read } of plan.columns) {
    const cell = places.length === 1 ? (cells[places[0] as number] as string) : joined(cells, places, nulls);
    if (cell !== '' && !(nulls.size > 0 && nulls.has(cell))) record[name] = read(cell);
  }
  return record;
}

const joined = (cells: readonly string[], places: readonly number[], nulls: ReadonlySet<string>): string =>
  places
    .map((place) => cells[place] as string)
    .filter((cell) => cell !== '' && !nulls.has(cell))
    .join(' ');

function wrongWidth(found: number, { width, titles }: ColumnPlan): UnreadableRecord {
  const wanted = titles === undefined ? `columns lists ${width}` : `the header line has ${width}`;
  return new UnreadableRecord('wrong_cell_count', `the line has ${found} ${found === 1 ? 'cell' : 'cells'}, ${wanted}`);
}
