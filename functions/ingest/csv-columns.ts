import { normalTitle, titleTable } from '../contract/csv-titles.ts';
import type { Dialect } from '../contract/dialect.ts';
import type { Field } from '../contract/fields.ts';
import { Problem } from '../contract/problem.ts';
import { type CellReader, cellReaders } from './csv-cells.ts';

/** Which cells of a row are read, and as which fields. */
export interface ColumnPlan {
  readonly columns: readonly PlannedColumn[];
  /** Cells that a row must have; further ones must be empty. */
  readonly width: number;
  /** The titles of the header line, to recognise a row that repeats them. Undefined without a header line. */
  readonly titles?: readonly string[] | undefined;
}

/** How one column of a CSV body is read. */
export interface PlannedColumn {
  readonly name: string;
  /** The cell, or the cells that are joined with a space. */
  readonly cells: readonly number[];
  readonly read: CellReader;
}

/** Thrown for unknown titles, with what the caller needs to explain them. */
export class UnknownTitles extends Error {
  override readonly name = 'UnknownTitles';
  readonly titles: readonly { readonly title: string; readonly index: number }[];

  constructor(titles: UnknownTitles['titles']) {
    super('the header line has unknown titles');
    this.titles = titles;
  }
}

/**
 * Plans the columns by a header line.
 * @throws UnknownTitles; Problem malformed_body for a field named twice or a column that is not there
 */
export function planByTitles(titles: readonly string[], fields: readonly Field[], dialect: Dialect): ColumnPlan {
  // separators at the end of lines give empty titles at the end
  let width = titles.length;
  while (width > 0 && titles[width - 1] === '') width--;
  if (width === 0) throw new Problem('malformed_body', 'the header line has no titles');
  const named = titles.slice(0, width);
  const found = dialect.columns === undefined ? byTable(named, fields) : byDeclaration(named, dialect.columns, fields);
  const taken = new Set(found.flatMap(({ cells }) => cells));
  const unknown = named.map((title, index) => ({ title, index })).filter(({ index }) => !taken.has(index));
  if (unknown.length > 0 && !dialect.ignoreUnknown) throw new UnknownTitles(unknown);
  return { columns: withReaders(found, fields, dialect), width, titles: named };
}

/**
 * Plans the columns of a file without a header line. `columns` lists the fields in order.
 * @throws Problem invalid_request for a name that is not a field
 */
export function planByOrder(fields: readonly Field[], dialect: Dialect): ColumnPlan {
  const names = splitEscaped(dialect.columns ?? '', ',').map((name) => name.trim());
  const table = titleTable(fields);
  const found: MatchedColumn[] = [];
  for (const [index, name] of names.entries()) {
    if (name === '-' || name === '') continue;
    const field = table.get(normalTitle(name));
    if (field === undefined)
      throw badColumns(`${shown(name)} is not a field: with header=false, columns lists the fields in order`);
    found.push({ name: field, cells: [index], title: name });
  }
  return { columns: withReaders(joinTimes(found, true), fields, dialect), width: names.length };
}

interface MatchedColumn {
  readonly name: string;
  readonly cells: readonly number[];
  /** For messages. */
  readonly title: string;
}

function byTable(titles: readonly string[], fields: readonly Field[]): MatchedColumn[] {
  const table = titleTable(fields);
  const found = titles.flatMap((title, index) => {
    const name = table.get(normalTitle(title));
    return name === undefined ? [] : [{ name, cells: [index], title }];
  });
  return joinTimes(found, false);
}

/**
 * Joins a date and a time column into one timestamp; either may stand alone.
 * @param inOrder whether several timestamp columns are joined as well, in the order of a list of fields
 */
function joinTimes(found: readonly MatchedColumn[], inOrder: boolean): MatchedColumn[] {
  const isTime = ({ name }: MatchedColumn) => name === 'date' || name === 'time' || name === 'timestamp';
  const times = found.filter(isTime);
  const others = found.filter((one) => !isTime(one));
  const date = times.find(({ name }) => name === 'date');
  const pair = times.length === 2 && date ? [date, ...times.filter((one) => one.name === 'time')] : [];
  const joined = pair.length === 2 ? pair : inOrder ? times : times.slice(0, 1);
  const repeated = times.filter((one) => !joined.includes(one));
  if (repeated.length > 0) throw twice([...joined, ...repeated], 'timestamp');
  if (joined.length > 0) {
    const title = joined.map((one) => one.title).join(' and ');
    others.unshift({ name: 'timestamp', cells: joined.flatMap(({ cells }) => cells), title });
  }
  for (const one of others) {
    const same = others.filter(({ name }) => name === one.name);
    if (same.length > 1) throw twice(same, one.name);
  }
  return others;
}

function twice(found: readonly MatchedColumn[], name: string): Problem {
  const titles = found.map(({ title }) => shown(title)).join(' and ');
  return new Problem(
    'malformed_body',
    `the header line names a field twice: ${titles} are ${name}; send columns to say which is meant, such as columns=${name}=Title`,
  );
}

function byDeclaration(titles: readonly string[], declared: string, fields: readonly Field[]): MatchedColumn[] {
  const table = titleTable(fields);
  const found = splitEscaped(declared, ',').map((pair) => {
    const at = pair.indexOf('=');
    if (at === -1) throw badColumns(`columns has ${shown(pair)} without =: write field=Title`);
    const name = table.get(normalTitle(pair.slice(0, at)));
    if (name === undefined) throw badColumns(`columns names the unknown field ${shown(pair.slice(0, at))}`);
    const field = name === 'date' || name === 'time' ? 'timestamp' : name;
    const wanted = splitEscaped(pair.slice(at + 1), '|').map((title) => unescaped(title).trim());
    if (wanted.length > 1 && field !== 'timestamp') throw badColumns('columns joins columns for timestamp only');
    return { name: field, cells: wanted.map((title) => findTitle(titles, title)), title: wanted.join(' and ') };
  });
  const names = found.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw badColumns(`columns names ${repeated} twice`);
  return found;
}

function findTitle(titles: readonly string[], wanted: string): number {
  const exact = titles.flatMap((title, index) => (title === wanted ? [index] : []));
  const alike = titles.flatMap((title, index) => (normalTitle(title) === normalTitle(wanted) ? [index] : []));
  const [index, ...others] = exact.length > 0 ? exact : alike;
  if (index === undefined)
    throw badColumns(`columns names the title ${shown(wanted)}, which the header line does not have`);
  if (others.length > 0)
    throw badColumns(
      `the header line has the title ${shown(wanted)} more than once: send header=false, skipLines and the fields in order`,
    );
  return index;
}

function withReaders(found: readonly MatchedColumn[], fields: readonly Field[], dialect: Dialect): PlannedColumn[] {
  const readers = cellReaders(dialect);
  const kinds = new Map<string, Field['kind']>(fields.map(({ name, kind }) => [name, kind]));
  kinds.set('timestamp', 'timestamp').set('instrumentId', 'integer').set('symbol', 'text');
  return [...found]
    .sort((a, b) => (a.cells[0] as number) - (b.cells[0] as number))
    .map(({ name, cells }) => ({ name, cells, read: readers[kinds.get(name) as Field['kind']] }));
}

/** Splits at a separator that no backslash precedes. */
function splitEscaped(text: string, separator: ',' | '|'): string[] {
  return text.match(separator === ',' ? /(?:\\.|[^,\\])+|(?<=,)(?=,|$)|^(?=,)/gs : /(?:\\.|[^|\\])+|^$/gs) ?? [''];
}

const unescaped = (text: string): string => text.replace(/\\(.)/gs, '$1');

/** A title as messages show it. */
export const shown = (title: string): string => (title === '' ? '(no title)' : title.slice(0, 60));

function badColumns(message: string): Problem {
  return new Problem('invalid_request', message, { errors: [{ path: 'columns', code: 'invalid_columns', message }] });
}
