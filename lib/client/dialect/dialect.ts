/**
 * The dialect of a CSV file, as the API's own query parameters. The API never guesses: the sender of a file declares
 * its dialect, by hand or with `sniffDialect`.
 */
export interface DialectParameters {
  readonly columns?: string;
  readonly header?: 'false';
  readonly ignoreUnknown?: 'true';
  readonly delimiter?: string;
  readonly quote?: string;
  readonly decimalSeparator?: string;
  readonly thousandsSeparator?: string;
  readonly nullValues?: string;
  readonly comment?: string;
  /** A whole number of lines. */
  readonly skipLines?: string;
  readonly suffixes?: 'true';
  readonly timeFormat?: string;
  readonly timeUnit?: string;
  readonly timeZone?: string;
  readonly repeatedHour?: string;
  readonly subMicrosecond?: string;
  readonly bars?: string;
}

export const DIALECT_PARAMETERS = [
  ...[
    'columns',
    'header',
    'ignoreUnknown',
    'delimiter',
    'quote',
    'decimalSeparator',
    'thousandsSeparator',
    'nullValues',
  ],
  ...[
    'comment',
    'skipLines',
    'suffixes',
    'timeFormat',
    'timeUnit',
    'timeZone',
    'repeatedHour',
    'subMicrosecond',
    'bars',
  ],
] as readonly (keyof DialectParameters)[];

/** A question for a person, because the file is ambiguous. */
export interface OpenQuestion {
  /** The parameter that decides it. */
  readonly parameter: 'timeFormat' | 'columns' | 'decimalSeparator' | 'symbol';
  readonly question: string;
}

/** What was detected in a sample of a file. */
export interface SniffedDialect {
  readonly parameters: DialectParameters;
  /** Notes for a person, such as that times without an offset are read as UTC. */
  readonly notes: readonly string[];
  /** The file cannot be sent until these are decided. */
  readonly questions: readonly OpenQuestion[];
  /** Whether each row contains its instrument. */
  readonly hasSymbol: boolean;
}
