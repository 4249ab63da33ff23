import { apiRoleOf, type Role } from '../../../../client/dialect/column-roles.ts';
import { DIALECT_PARAMETERS, type DialectParameters } from '../../../../client/dialect/dialect.ts';
import { splitCsv } from '../../../../client/dialect/split-csv.ts';

/** Fields that a column can map to, in the order of a menu. */
export const FIELDS: readonly Role[] = [
  ...(['timestamp', 'date', 'time', 'symbol', 'price', 'openPrice', 'highPrice', 'lowPrice', 'volume'] as const),
  ...(['bid', 'ask', 'bidSize', 'askSize', 'sequence'] as const),
];

/** The meaning of every parameter of a dialect, for a person. */
export const PARAMETER_HELP: Readonly<Record<keyof DialectParameters, string>> = {
  columns: 'which title is which field',
  header: 'false: the first line is a row',
  ignoreUnknown: 'true: other columns are skipped',
  delimiter: 'between cells',
  quote: 'around cells',
  decimalSeparator: 'in numbers',
  thousandsSeparator: 'in numbers',
  nullValues: 'words for “no value”, with commas between',
  comment: 'lines that begin with it are skipped',
  skipLines: 'lines before the header',
  suffixes: 'true: K, M, B and % after numbers',
  timeFormat: 'such as dd.MM.yyyy HH:mm:ss.SSS',
  timeUnit: 's, ms, us or ns, of epoch numbers',
  timeZone: 'such as Europe/London, of times without an offset',
  repeatedHour: 'first or second, of an hour that the clocks show twice',
  subMicrosecond: 'truncate: nanoseconds are cut off',
  bars: 'the rows are bars of this length; without it they are ticks',
};
export { DIALECT_PARAMETERS };

export interface MappedColumn {
  readonly title: string;
  /** Undefined for a column that is not read. */
  readonly field: string | undefined;
  /** Its first cells. */
  readonly examples: readonly string[];
}

/** The columns of a file, and the field of each with these parameters. */
export function columnsOf(sample: string, parameters: DialectParameters): MappedColumn[] {
  const { delimiter = ',', quote = '"', comment, header, skipLines = '0', columns } = parameters;
  const rows = splitCsv(sample.replace(/^\uFEFF/, ''), { delimiter, quote }, Number(skipLines) + 40)
    .filter(({ line }) => line > Number(skipLines))
    .filter(({ cells }) => comment === undefined || !cells[0]?.startsWith(comment));
  const titles = header === 'false' ? undefined : rows.shift()?.cells;
  const width = titles?.length ?? rows[0]?.cells.length ?? 0;
  const byTitle = titles && columns !== undefined ? fieldsByTitle(columns) : undefined;
  const inOrder = titles ? [] : (columns ?? '').split(',');
  return Array.from({ length: width }, (_, index) => {
    const title = titles?.[index] ?? `column ${index + 1}`;
    const placed = inOrder[index] === '-' ? undefined : inOrder[index];
    const field = titles === undefined ? placed : byTitle === undefined ? apiRoleOf(title) : byTitle.get(title);
    return { title, field, examples: rows.slice(0, 3).map(({ cells }) => cells[index] ?? '') };
  });
}

/** `timestamp=Date|Time` names two columns. */
function fieldsByTitle(columns: string): Map<string, string> {
  return new Map(
    columns.split(',').flatMap((item) => {
      const [field = '', titles = ''] = item.split(/=(.*)/);
      const parts = titles.split('|');
      return parts.map((title, place) => [title, parts.length > 1 ? (place === 0 ? 'date' : 'time') : field] as const);
    }),
  );
}

/** The parameters for a mapping, which replace the detected ones. */
export function mappingParameters(columns: readonly MappedColumn[], hasHeader: boolean): DialectParameters {
  if (!hasHeader) return { header: 'false', columns: columns.map(({ field }) => field ?? '-').join(',') };
  const titlesOf = (field: string) => columns.filter((column) => column.field === field).map(({ title }) => title);
  const time = [...titlesOf('date'), ...titlesOf('time')];
  const others = columns.filter(({ field }) => field !== undefined && field !== 'date' && field !== 'time');
  const items = [
    ...(time.length > 0 ? [`timestamp=${time.join('|')}`] : []),
    ...others.map(({ field, title }) => `${field}=${title}`),
  ];
  const skips = columns.some(({ field }) => field === undefined);
  return { columns: items.join(','), ...(skips ? { ignoreUnknown: 'true' as const } : {}) };
}
