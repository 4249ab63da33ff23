import { tableLines } from '../terminal/terminal.ts';
import type { PlannedGroup } from './plan-import.ts';
import { queryOf } from './send-part.ts';

/** The largest number of files listed by name; the rest are counted. */
const MOST_FILES = 6;

/** How a group of files is read, for a person: the API's parameters, and three rows as the store will receive them. */
export function planLines(
  { kind, dialect, preview, sources }: PlannedGroup,
  query: Readonly<Record<string, string>>,
): string[] {
  const [first] = sources;
  const { symbol: _, ...parameters } = first === undefined ? { symbol: '' } : queryOf(first, query);
  const skipped = dialect.parameters.skipLines === undefined ? {} : { skipLines: dialect.parameters.skipLines };
  const said = Object.entries({ ...skipped, ...parameters }).map(([name, value]) => `${name}=${shown(value)}`);
  const names = sources
    .slice(0, MOST_FILES)
    .map(({ source, symbol }) => `  ${source.name}${symbol === undefined ? '' : `  → ${symbol}`}`);
  const more = sources.length > MOST_FILES ? [`  and ${sources.length - MOST_FILES} more`] : [];
  return [
    `${sources.length === 1 ? 'File' : `${sources.length} files`} (${kind})`,
    ...names,
    ...more,
    `Parameters: ${said.join(' & ') || 'none required'}`,
    ...dialect.notes,
    ...contradictions(sources),
    ...previewTable(preview.map(({ line, record }) => ({ line, ...record }))),
    '',
  ];
}

/** Warnings about files whose rows name another instrument than the one given for them. */
function contradictions(sources: PlannedGroup['sources']): string[] {
  const files = sources.filter(({ otherSymbols }) => otherSymbols.length > 0);
  const said = files.slice(0, MOST_FILES).map(({ source, symbol, otherSymbols }) => {
    const [first, ...others] = otherSymbols;
    const named = others.length === 0 ? first : `${first} and ${others.length} more`;
    return `Warning: ${source.name} is imported as ${symbol}, and its rows name ${named}. Those will be rejected.`;
  });
  const more = files.length > MOST_FILES ? [`Warning: the same goes for ${files.length - MOST_FILES} more files.`] : [];
  const advice = 'Without --symbol or --symbol-from-name, each row is stored under the instrument that it names.';
  return files.length === 0 ? [] : [...said, ...more, advice];
}

/** Makes a tab visible. */
const shown = (value: string): string => (value === '\t' ? '<tab>' : value);

function previewTable(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return tableLines(
    titles,
    rows.map((row) => titles.map((title) => row[title] ?? null)),
  ).map((line) => `  ${line}`);
}
