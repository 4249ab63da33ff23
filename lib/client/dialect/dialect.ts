/**
 * How a CSV file says what it holds, as the API's own query parameters. The API never guesses: whoever sends a file
 * declares its dialect, by hand or as `sniffDialect` found it.
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

/** Something a person has to decide, for the file leaves it open. */
export interface OpenQuestion {
  /** The parameter that decides it. */
  readonly parameter: 'timeFormat' | 'columns' | 'decimalSeparator' | 'symbol';
  readonly question: string;
}

/** What was found in a sample of a file. */
export interface SniffedDialect {
  readonly parameters: DialectParameters;
  /** What a person should know, such as that times without an offset are read as UTC. */
  readonly notes: readonly string[];
  /** While there are any, the file cannot be sent. */
  readonly questions: readonly OpenQuestion[];
  /** Whether each row names its instrument. */
  readonly hasSymbol: boolean;
}
