import type { DialectParameters } from './dialect.ts';
import type { CsvSyntax } from './split-csv.ts';

/** A character that occurs in no text file: the quote of files without quotes. */
const NOTHING = '\u0001';

/** Delimiter and quote of a dialect, resolving the API's names for characters that are awkward in a URL. */
export function csvSyntaxOf({ delimiter = ',', quote = '"' }: DialectParameters): CsvSyntax {
  const isTab = delimiter === 'tab' || delimiter === '\\t';
  return { delimiter: isTab ? '\t' : delimiter, quote: quote === 'none' ? NOTHING : quote };
}
