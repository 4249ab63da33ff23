import { type Role, rolesByTitle } from './column-roles.ts';
import { csvSyntaxOf } from './csv-syntax.ts';
import { numberOf } from './detect-numbers.ts';
import type { DialectParameters } from './dialect.ts';
import { splitCsv } from './split-csv.ts';
import { compileTimeFormat, parseIso, zonedMicros } from './time-format.ts';

/** A row as the API will read it. */
export interface PreviewRow {
  /** The line number in the file, from 1. */
  readonly line: number;
  readonly record: Readonly<Record<string, string | number | null>>;
}

const MICROS_PER: Readonly<Record<string, number>> = { s: 1e6, ms: 1000, us: 1, ns: 0.001 };

/** The first rows of a sample as records, read with the parameters that it will be sent with. */
export function previewRows(sample: string, parameters: DialectParameters, most = 3): PreviewRow[] {
  const { rows, columns } = readSampleRows(sample, parameters, most);
  return rows.slice(0, most).map(({ cells, line }) => ({ line, record: recordOf(cells, columns, parameters) }));
}

/** The positions of the cells that form a row's time, which the rows of a packet share. */
export function timePlaces(sample: string, parameters: DialectParameters): readonly number[] {
  const { columns } = readSampleRows(sample, parameters, 1);
  return columns.find(([field]) => field === 'timestamp')?.[1] ?? [];
}

function readSampleRows(sample: string, parameters: DialectParameters, most: number) {
  const { comment, header, skipLines = '0' } = parameters;
  const text = sample.replace(/^\uFEFF/, '');
  const rows = splitCsv(text, csvSyntaxOf(parameters), most + 50 + Number(skipLines))
    .filter(({ line }) => line > Number(skipLines))
    .filter(({ cells }) => comment === undefined || !cells[0]?.startsWith(comment));
  const titles = header === 'false' ? undefined : rows.shift()?.cells;
  return { rows, columns: columnsOf(parameters.columns, titles) };
}

/** A field and the cells that form it. */
type FieldCells = readonly [field: Role | string, places: readonly number[]];

function columnsOf(declared: string | undefined, titles: readonly string[] | undefined): FieldCells[] {
  if (titles === undefined) return joinTime(placed(declared ?? ''));
  if (declared !== undefined)
    return declared.split(',').map((item): FieldCells => {
      const [field = '', title = ''] = item.split(/=(.*)/);
      return [field, title.split('|').map((one) => titles.indexOf(one))];
    });
  const columns = titles.map((title, index) => ({ index, title, fits: () => true }));
  return joinTime([...rolesByTitle(columns)].map(([role, index]): FieldCells => [role, [index]]));
}

const placed = (declared: string): FieldCells[] =>
  declared.split(',').flatMap((field, index) => (field === '-' ? [] : [[field, [index]] as FieldCells]));

/** A `date` and a `time` form one timestamp; either alone is one. */
function joinTime(columns: readonly FieldCells[]): FieldCells[] {
  const halves = columns.filter(([field]) => field === 'date' || field === 'time');
  const others = columns.filter((column) => !halves.includes(column));
  if (halves.length === 0 || others.some(([field]) => field === 'timestamp')) return others;
  const ordered = halves.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [['timestamp', ordered.flatMap(([, places]) => places)], ...others];
}

function recordOf(
  cells: readonly string[],
  columns: readonly FieldCells[],
  parameters: DialectParameters,
): PreviewRow['record'] {
  const nulls = new Set(parameters.nullValues?.split(',') ?? []);
  return Object.fromEntries(
    columns.map(([field, places]) => {
      const cell = places
        .map((place) => cells[place] ?? '')
        .join(' ')
        .trim();
      if (field === 'timestamp') return [field, readTime(cell, parameters)];
      if (field === 'symbol') return [field, cell];
      return [field, cell === '' || nulls.has(cell) ? null : readNumber(cell, parameters)];
    }),
  );
}

function readNumber(
  cell: string,
  { decimalSeparator, thousandsSeparator, suffixes }: DialectParameters,
): number | string {
  const style = { decimalSeparator: decimalSeparator ?? '.', thousandsSeparator, suffixes: suffixes === 'true' };
  return numberOf(cell, style as Parameters<typeof numberOf>[1]) ?? cell;
}

/** ISO 8601 in UTC, or the cell itself if it cannot be read. */
function readTime(cell: string, { timeFormat, timeUnit = 'ms', timeZone }: DialectParameters): string {
  const local = timeFormat === undefined ? wallOf(cell, timeUnit) : wallByFormat(cell, timeFormat);
  if (local === undefined) return cell;
  const micros = local.isAbsolute || timeZone === undefined ? local.micros : zonedMicros(local.micros, timeZone);
  const fraction = String(Math.floor(micros) % 1e6).padStart(6, '0');
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19)}.${fraction}Z`;
}

function wallOf(cell: string, unit: string): { micros: number; isAbsolute: boolean } | undefined {
  if (/^\d+(\.\d+)?$/.test(cell)) return { micros: Number(cell) * (MICROS_PER[unit] ?? 1000), isAbsolute: true };
  const iso = parseIso(cell);
  return iso && { micros: iso.micros, isAbsolute: iso.hasOffset };
}

function wallByFormat(cell: string, pattern: string): { micros: number; isAbsolute: boolean } | undefined {
  const time = compileTimeFormat(pattern).parse(cell);
  return time && { micros: time.micros, isAbsolute: time.hasOffset };
}
