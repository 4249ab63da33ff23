import type { Dialect } from '../contract/dialect.ts';
import { Problem } from '../contract/problem.ts';
import { shown, type UnknownTitles } from './csv-columns.ts';

const SEPARATORS = { ';': ';', '\t': 'tab', '|': '|', ',': ',' } as const;

/** The most titles that a message lists. `errors` has as many entries. */
const MAX_TITLES = 50;

/** Explains what is wrong with a header line and how to fix it. */
export function explainHeader(
  unknown: UnknownTitles,
  titles: readonly string[],
  text: string,
  dialect: Dialect,
  line: number,
): Problem {
  const names = unknown.titles.map(({ title, index }) =>
    title === '' ? `column ${index + 1} (no title)` : shown(title),
  );
  const hint =
    wholeFileHint(text, titles) ??
    firstLineHint(titles, line) ??
    separatorHint(titles, dialect) ??
    noHeaderHint(titles) ??
    titlesHint(dialect, names);
  const listed =
    names.slice(0, MAX_TITLES).join(', ') + (names.length > MAX_TITLES ? ` and ${names.length - MAX_TITLES} more` : '');
  const separated =
    titles.length === 1 ? 'one column' : `${titles.length} columns separated by ${nameOf(dialect.delimiter ?? ',')}`;
  const errors = unknown.titles.slice(0, MAX_TITLES).map(({ index }, at) => ({
    path: `column ${index + 1}`,
    code: 'unknown_column',
    message: `${names[at]} is not a known title`,
  }));
  const detail = `the header line (line ${line}, ${separated}) names unknown fields: ${listed}; ${hint}`;
  return new Problem('malformed_body', detail, { errors });
}

const nameOf = (separator: string): string => (SEPARATORS as Readonly<Record<string, string>>)[separator] ?? separator;

function wholeFileHint(text: string, titles: readonly string[]): string | undefined {
  if (/[\r\n]/.test(text.trimEnd()) || titles.length < 3) return undefined;
  return 'the body is a single line: curl -d removes line ends, --data-binary keeps them';
}

function firstLineHint(titles: readonly string[], line: number): string | undefined {
  const [first = ''] = titles;
  if (/^sep=/i.test(first))
    return `line ${line} is a separator line of a spreadsheet: send skipLines=${line} and the delimiter it names`;
  const mark = /^(#|\/\/|%|!|--|\*)/.exec(first)?.[0];
  return (
    mark &&
    `line ${line} looks like a comment: send comment=${mark === '#' ? '%23' : mark} (that is ${mark}) or skipLines=${line}`
  );
}

function separatorHint(titles: readonly string[], { delimiter = ',' }: Dialect): string | undefined {
  const line = titles.join(delimiter);
  const other = Object.keys(SEPARATORS)
    .map((separator) => ({ separator, count: line.split(separator).length - 1 }))
    .filter(({ separator, count }) => separator !== delimiter && count > (titles.length === 1 ? 0 : titles.length))
    .sort((a, b) => b.count - a.count)[0];
  return (
    other &&
    `its cells are separated by ${nameOf(other.separator)}: send delimiter=${other.separator === ';' ? '%3B' : nameOf(other.separator)}`
  );
}

/** A line of times and numbers has no titles. */
function noHeaderHint(titles: readonly string[]): string | undefined {
  const isData = (cell: string) => /^[+-]?[\d.,]+$/.test(cell) || /^\d[\d\s:./TZ+-]*$/.test(cell);
  const data = titles.filter(isData).length;
  if (data < 2 || data < titles.length / 2) return undefined;
  return 'there is no header line: send header=false, and columns with the fields in order, - for a column to skip';
}

function titlesHint({ columns }: Dialect, names: readonly string[]): string {
  const skip = names.length === 1 ? 'skip it' : 'skip them';
  if (columns !== undefined) return `columns does not name them: add them to it, or send ignoreUnknown=true to ${skip}`;
  return `send ignoreUnknown=true to ${skip}, or columns=field=Title,… to say what is what`;
}
