import type { DialectParameters } from './dialect.ts';
import type { CsvSyntax } from './split-csv.ts';

/** A character that no text file has: what encloses cells where nothing does. */
const NOTHING = '\u0001';

/** Delimiter and quote of a dialect, with the names that the API has for what is awkward in a URL. */
export function csvSyntaxOf({ delimiter = ',', quote = '"' }: DialectParameters): CsvSyntax {
  const isTab = delimiter === 'tab' || delimiter === '\\t';
  return { delimiter: isTab ? '\t' : delimiter, quote: quote === 'none' ? NOTHING : quote };
}
