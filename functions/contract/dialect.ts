import * as z from 'zod/mini';
import { documented, forDocument } from './documented.ts';
import { TIME_UNITS } from './epoch.ts';
import { flag, integer } from './parameters.ts';
import { compileTimeFormat, TimeFormatError } from './time-format.ts';
import { isTimeZone } from './time-zone.ts';

/**
 * How a file is written, declared by query parameters: none of it is ever guessed. The times' part holds for every media type, the rest
 * for CSV.
 */

const timeFormat = documented(
  z.pipe(
    z.string().check(z.minLength(1), z.maxLength(100)),
    z.transform((pattern, context) => {
      try {
        return compileTimeFormat(pattern);
      } catch (error) {
        if (!(error instanceof TimeFormatError)) throw error;
        context.issues.push({ code: 'custom', input: pattern, message: error.message });
        return z.NEVER;
      }
    }),
  ),
  forDocument({
    parameter: { type: 'string', maxLength: 100 },
    example: 'dd.MM.yyyy HH:mm:ss.SSS',
    description:
      'The form of times, in the letters of Unicode TR35: yyyy, yy, M, MM, MMM, d, dd, H, HH, h, hh, a, mm, ss, S, E, X, XXX, VV. Put other letters between apostrophes. It then applies to numbers too.',
  }),
);

const timeZone = documented(
  z.string().check(z.maxLength(100), z.refine(isTimeZone, 'is not an IANA time zone, such as America/New_York or UTC')),
  forDocument({
    example: 'America/New_York',
    description: 'IANA zone of times without an offset. If omitted, such times are UTC in CSV and rejected in JSON.',
  }),
);

/** Parameters of the times of a batch, whatever its media type. */
export const timeParameters = {
  timeUnit: documented(
    z.optional(z.enum(TIME_UNITS)),
    forDocument({
      description: 'Unit of epoch numbers. If omitted, a number must be plausible milliseconds: 1e11 or more.',
    }),
  ),
  subMicrosecond: documented(
    z._default(z.enum(['reject', 'truncate']), 'reject'),
    forDocument({
      description: 'What happens to a time with non-zero digits beyond microseconds.',
    }),
  ),
  timeFormat: z.optional(timeFormat),
  timeZone: z.optional(timeZone),
  repeatedHour: documented(
    z._default(z.enum(['first', 'second']), 'first'),
    forDocument({
      description: 'Which occurrence is meant if the clocks of timeZone show an hour twice.',
    }),
  ),
};

/** One character, or the name of one that is awkward in a URL. */
const character = (names: Readonly<Record<string, string>>) =>
  documented(
    z
      .pipe(
        z.string(),
        z.transform((text) => names[text] ?? text),
      )
      .check(z.refine((text) => text.length === 1 && !/[\r\n\0]/.test(text), 'must be one character')),
    forDocument({ parameter: { type: 'string' } }),
  );

const TAB = { '\\t': '\t', tab: '\t' };

/** Parameters of CSV bodies. */
export const csvParameters = {
  columns: documented(
    z.optional(z.string().check(z.minLength(1), z.maxLength(2000))),
    forDocument({
      example: 'timestamp=Date|Time,price=Last,volume=Vol.',
      description:
        'Which column is which field, as field=Title pairs. Date|Time joins two columns with a space. Put a backslash before a comma, bar or backslash in a title. Only the named columns are read; every other title counts as unknown. With header=false, list the fields in order, with - for a column to skip.',
    }),
  ),
  header: documented(
    z.pipe(
      z._default(z.enum(['true', 'false']), 'true'),
      z.transform((text) => text === 'true'),
    ),
    forDocument({
      parameter: { type: 'boolean', default: true },
      description: 'false: the file has no header line, and columns lists its columns.',
    }),
  ),
  ignoreUnknown: documented(
    flag,
    forDocument({
      description: 'Skip columns with unknown titles instead of refusing the file.',
    }),
  ),
  delimiter: documented(
    z.optional(character(TAB)),
    forDocument({
      description: 'The cell separator. The default is a comma, or a tab for text/tab-separated-values.',
    }),
  ),
  quote: documented(
    z._default(character({ none: '\u0001' }), '"'),
    forDocument({
      description: 'The character that encloses cells; none if cells are never enclosed.',
    }),
  ),
  decimalSeparator: documented(
    z._default(z.enum(['.', ',']), '.'),
    forDocument({ description: 'The decimal separator.' }),
  ),
  thousandsSeparator: documented(
    z.optional(z.enum([',', '.', "'", '’', ' ', '_'])),
    forDocument({
      description: 'The separator between groups of three digits. A space includes no-break spaces.',
    }),
  ),
  nullValues: documented(
    z.pipe(
      z.optional(z.string().check(z.maxLength(500))),
      z.transform((text) => (text === undefined ? [] : text.split(',').map((word) => word.trim()))),
    ),
    forDocument({
      parameter: { type: 'string' },
      example: 'N/A,null,-',
      description: 'Cells that mean null, separated by commas.',
    }),
  ),
  comment: documented(
    z.optional(z.string().check(z.minLength(1), z.maxLength(10))),
    forDocument({
      example: '#',
      description: 'Lines that begin with this are skipped.',
    }),
  ),
  skipLines: documented(
    integer(0, 10_000, 0),
    forDocument({
      description: 'Lines to skip before the header line, or before the first record.',
    }),
  ),
  suffixes: documented(
    flag,
    forDocument({
      description: 'Numbers may end in K, M, B or T for thousands to trillions, or in % for hundredths.',
    }),
  ),
};

const dialectShape = z.object({ ...timeParameters, ...csvParameters });
/** A declared dialect. */
export type Dialect = z.output<typeof dialectShape>;
/** What a plain file is: the defaults of all parameters. */
export const PLAIN_DIALECT: Dialect = dialectShape.parse({});

/** Two parameters that contradict each other: each check with its message and the parameter it is about. */
export const DIALECT_RULES: readonly (readonly [
  check: (dialect: Dialect) => boolean,
  message: string,
  path: keyof Dialect,
])[] = [
  [
    ({ timeFormat, timeUnit }) => timeFormat === undefined || timeUnit === undefined,
    'give timeFormat or timeUnit, not both',
    'timeUnit',
  ],
  [
    ({ decimalSeparator, thousandsSeparator }) => decimalSeparator !== thousandsSeparator,
    'must not be the decimalSeparator',
    'thousandsSeparator',
  ],
  [
    ({ header, columns }) => header || columns !== undefined,
    'header=false needs columns: the fields in order, - for one to skip',
    'columns',
  ],
  [({ delimiter, quote }) => delimiter !== quote, 'must not be the delimiter', 'quote'],
];

/** Names of the parameters that only CSV has. */
export const CSV_PARAMETERS = Object.keys(csvParameters) as readonly (keyof typeof csvParameters)[];
