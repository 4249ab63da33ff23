import { areMost } from './are-most.ts';
import { assignColumns, cellsOf, columnParameters, titlesOf } from './assign-columns.ts';
import type { Role } from './column-roles.ts';
import { csvSyntaxOf } from './csv-syntax.ts';
import { detectInterval } from './detect-interval.ts';
import { detectLayout, type Layout } from './detect-layout.ts';
import { detectNumbers, isNullWord, type NumberStyle, PLAIN } from './detect-numbers.ts';
import { detectTime, type TimeColumn } from './detect-time.ts';
import type { DialectParameters, OpenQuestion, SniffedDialect } from './dialect.ts';
import { rolesFromColumns } from './given-columns.ts';
import { timeOfDayOf } from './time-candidates.ts';

const PRICES: readonly Role[] = ['price', 'openPrice', 'highPrice', 'lowPrice', 'bid', 'ask'];
const NUMBERS: readonly Role[] = [...PRICES, 'volume', 'bidSize', 'askSize', 'sequence'];

/**
 * Inspects the beginning of a CSV file and returns how to send it, as the API's own parameters. Given parameters are
 * kept. If the file is ambiguous, such as which of `01/02/2024` is the month, there is a question.
 * @param sample text from the first byte on; some hundred kB are enough, and the last line may be cut off
 */
export function sniffDialect(sample: string, given: DialectParameters = {}): SniffedDialect {
  const layout = detectLayout(sample.replace(/^\uFEFF/, ''), layoutOf(given));
  const numbers = detectNumbers(numberLikeCells(layout));
  const roles =
    given.columns === undefined
      ? assignColumns(layout, numbers.style)
      : rolesFromColumns(layout, given.columns, given.header);
  const time = timeColumn(layout, roles);
  const { skipTitles, ...columns } = columnParameters(layout, roles);
  const found: DialectParameters = {
    ...(layout.comment === undefined ? {} : { comment: layout.comment }),
    ...skipped(layout, skipTitles),
    ...(layout.delimiter === ',' ? {} : { delimiter: layout.delimiter }),
    ...columns,
    ...numberParameters(numbers.style),
    ...nullParameters(layout, roles),
    ...timeParameters(time),
    ...barParameters(layout, roles, time),
  };
  const ask = questions({ roles, time, isAmbiguous: numbers.isAmbiguous }).filter(
    ({ parameter }) => given[parameter as keyof DialectParameters] === undefined,
  );
  return {
    parameters: { ...withoutContradiction(found, given), ...given },
    notes: notes(layout, roles, time, given),
    questions: ask,
    hasSymbol:
      given.columns?.match(/(^|,)(symbol|instrumentId)\b/) != null || roles.has('symbol') || roles.has('instrumentId'),
  };
}

const layoutOf = (given: DialectParameters) => ({
  ...(given.delimiter === undefined ? {} : { delimiter: csvSyntaxOf(given).delimiter }),
  ...(given.comment === undefined ? {} : { comment: given.comment }),
});

/** The detected parameters, without those that a given parameter replaces. */
function withoutContradiction(found: DialectParameters, given: DialectParameters): DialectParameters {
  const { columns, timeFormat, timeUnit, thousandsSeparator, ...rest } = found;
  return {
    ...rest,
    ...(columns === undefined || given.columns !== undefined ? {} : { columns }),
    ...(timeFormat === undefined || given.timeUnit !== undefined ? {} : { timeFormat }),
    ...(timeUnit === undefined || given.timeFormat !== undefined ? {} : { timeUnit }),
    ...(thousandsSeparator === undefined || thousandsSeparator === given.decimalSeparator
      ? {}
      : { thousandsSeparator }),
  };
}

/** Cells that may be numbers: neither times nor words. */
function numberLikeCells(layout: Layout): string[] {
  const columns = Array.from({ length: layout.width }, (_, index) => cellsOf(layout, index));
  const numeric = (cell: string) => /^[+-]?[\d.,' ]*\d[KMBT%]?$/i.test(cell);
  return columns
    .filter((cells) => cells.some(numeric) && cells.every((cell) => numeric(cell) || isNullWord(cell)))
    .filter((cells) => detectTime(cells)?.pattern === undefined)
    .flat()
    .filter((cell) => numeric(cell));
}

function skipped({ skipLines, comment }: Layout, skipTitles: boolean): DialectParameters {
  const lines = skipLines + (skipTitles ? 1 : 0);
  return lines === 0 || (comment !== undefined && !skipTitles) ? {} : { skipLines: String(lines) };
}

const numberParameters = ({ decimalSeparator, thousandsSeparator, suffixes }: NumberStyle): DialectParameters => ({
  ...(decimalSeparator === PLAIN.decimalSeparator ? {} : { decimalSeparator }),
  ...(thousandsSeparator === undefined ? {} : { thousandsSeparator }),
  ...(suffixes ? { suffixes: 'true' as const } : {}),
});

function nullParameters(layout: Layout, roles: ReadonlyMap<Role, number>): DialectParameters {
  const cells = NUMBERS.flatMap((role) => (roles.has(role) ? cellsOf(layout, roles.get(role) as number) : []));
  const words = [...new Set(cells.filter(isNullWord))];
  return words.length === 0 ? {} : { nullValues: words.join(',') };
}

/** The column of times, or the two columns of dates and times as one. */
function timeColumn(layout: Layout, roles: ReadonlyMap<Role, number>): TimeColumn | undefined {
  const [date, time, whole] = [roles.get('date'), roles.get('time'), roles.get('timestamp')];
  if (whole !== undefined) return detectTime(cellsOf(layout, whole));
  if (date === undefined || time === undefined) return undefined;
  return (
    detectTime(layout.rows.map(({ cells }) => `${cells[date] ?? ''} ${cells[time] ?? ''}`)) ??
    joined(layout, date, time)
  );
}

/** Used if a date and a time each have a known form, but their combination has none. */
function joined(layout: Layout, date: number, time: number): TimeColumn | undefined {
  const day = detectTime(cellsOf(layout, date));
  const pattern = timeOfDayOf(cellsOf(layout, time));
  return day && pattern
    ? { ...day, pattern: `${day.pattern ?? 'yyyy-MM-dd'} ${pattern}`, hasTimeOfDay: true }
    : undefined;
}

const timeParameters = (time: TimeColumn | undefined): DialectParameters => ({
  ...(time?.unit === undefined || time.unit === 'ms' ? {} : { timeUnit: time.unit }),
  ...(time?.unit === 'ns' ? { subMicrosecond: 'truncate' } : {}),
  ...(time?.pattern === undefined ? {} : { timeFormat: time.pattern }),
});

/** Whether nearly every row has a value in the column. An export has all columns, whatever its rows contain. */
const isFilled = (layout: Layout, index: number | undefined): boolean =>
  index !== undefined && areMost(cellsOf(layout, index).length, layout.rows.length);

function barParameters(
  layout: Layout,
  roles: ReadonlyMap<Role, number>,
  time: TimeColumn | undefined,
): DialectParameters {
  if (!time || !isFilled(layout, roles.get('highPrice')) || !isFilled(layout, roles.get('lowPrice'))) return {};
  const symbol = roles.get('symbol');
  const symbols = layout.rows.map(({ cells }) => (symbol === undefined ? '' : (cells[symbol] ?? '')));
  const bars = detectInterval(time.micros, symbols);
  return bars === undefined ? {} : { bars };
}

function questions(found: {
  roles: ReadonlyMap<Role, number>;
  time: TimeColumn | undefined;
  isAmbiguous: boolean;
}): OpenQuestion[] {
  const { roles, time, isAmbiguous } = found;
  const asked: OpenQuestion[] = [];
  if (time === undefined && (roles.has('timestamp') || roles.has('date')))
    asked.push({ parameter: 'timeFormat', question: 'Its times have no known form.' });
  else if (time === undefined)
    asked.push({ parameter: 'columns', question: 'No column holds a time in a known form.' });
  if (!PRICES.some((role) => roles.has(role)))
    asked.push({ parameter: 'columns', question: 'No column is recognised as a price, a bid or an ask.' });
  if (time?.otherPattern !== undefined)
    asked.push({ parameter: 'timeFormat', question: `Times fit ${time.pattern} and ${time.otherPattern} alike.` });
  if (isAmbiguous)
    asked.push({ parameter: 'decimalSeparator', question: 'A comma may set apart thousands or decimals: 1,234.' });
  return asked;
}

function notes(
  layout: Layout,
  roles: ReadonlyMap<Role, number>,
  time: TimeColumn | undefined,
  given: DialectParameters,
): string[] {
  const chosen = new Set(roles.values());
  const ignored = (titlesOf(layout) ?? []).filter((title, index) => !chosen.has(index) && title !== '');
  const said: string[] = [];
  if (ignored.length > 0) said.push(`Not read: ${ignored.join(', ')}.`);
  if (time && !time.isAbsolute && given.timeZone === undefined)
    said.push('Times have no offset and are read as UTC. Specify a time zone if they are local.');
  if (time?.unit === 'ns') said.push('Times have nanoseconds: microseconds are kept, the rest is cut off.');
  if (isFilled(layout, roles.get('highPrice')) && time && barParameters(layout, roles, time).bars === undefined)
    said.push('The rows have no regular length: they are stored as ticks.');
  return said;
}
