import * as z from 'zod/mini';
import { documented, forDocument } from './documented.ts';
import { epochMicros, explainNumber, isAmbiguous, NumberText } from './epoch.ts';
import { id, isStorable, MAX_INTEGER, symbol, text } from './fields.ts';
import { DAY_MICROS, EARLIEST_MICROS, explainUrlTime, formatTimestamp, parseTimestamp } from './time.ts';

/**
 * Query and path parameters. They arrive as text; each schema turns one into its value and carries, as `parameter`, the
 * JSON schema that the OpenAPI document shows.
 */

const wholeNumber = /* @__NO_SIDE_EFFECTS__ */ (min: number, max: number) =>
  z.pipe(
    z.pipe(z.string().check(z.regex(/^(0|-?[1-9]\d{0,15})$/, 'must be a whole number')), z.transform(Number)),
    z.int().check(z.minimum(min), z.maximum(max)),
  );

/** A whole number from `min` to `max`, with a default. */
export const integer = /* @__NO_SIDE_EFFECTS__ */ (min: number, max: number, fallback: number) =>
  documented(
    z._default(wholeNumber(min, max), fallback),
    forDocument({
      parameter: { type: 'integer', minimum: min, maximum: max, default: fallback },
    }),
  );

/** An id in a path or a query. */
export const idParameter = documented(
  wholeNumber(1, MAX_INTEGER),
  forDocument({
    parameter: { type: 'integer', minimum: 1, maximum: MAX_INTEGER },
  }),
);

/** A boolean that defaults to false. */
export const flag = documented(
  z.pipe(
    z._default(z.enum(['true', 'false'], 'must be true or false'), 'false'),
    z.transform((text) => text === 'true'),
  ),
  forDocument({ parameter: { type: 'boolean', default: false } }),
);

/** The years 0 and 9999 are valid bounds, but Postgres has no year 0, and microseconds exceed 2^53 in 2255. */
const nearestStorable = (micros: number) => Math.min(Math.max(micros, EARLIEST_MICROS - 1), MAX_INTEGER);

const DAY_ALONE = /^\d{4}-\d\d-\d\d$/;
const EPOCH = /^\d+(\.\d+)?([eE]\+?\d+)?$/;

/** Microseconds since 1970 of a bound, or what is wrong with it. */
function readBound(value: string | number, isEnd: boolean): number | string {
  const isNumber = typeof value === 'number' || EPOCH.test(value);
  if (isNumber) {
    const number = typeof value === 'number' ? value : new NumberText(value);
    if (isAmbiguous(number))
      return `has no unit: ${explainNumber(number).replace(/send timeUnit=.*$/, 'send milliseconds or ISO 8601')}`;
    const micros = epochMicros(number, 'ms', false);
    return typeof micros === 'number' ? micros : explainUrlTime(micros);
  }
  const micros = parseTimestamp(value, 'utc');
  if (typeof micros !== 'number') return explainUrlTime(micros);
  return isEnd && DAY_ALONE.test(value) ? micros + DAY_MICROS - 1 : micros;
}

const bound = /* @__NO_SIDE_EFFECTS__ */ (isEnd: boolean, description: string) =>
  documented(
    z.pipe(
      z.union([z.string(), z.number()], {
        error: ({ input }) => (input === undefined ? 'is required' : 'must be ISO 8601 or epoch milliseconds'),
      }),
      z.transform((value, context) => {
        const micros = readBound(value, isEnd);
        if (typeof micros === 'number') return formatTimestamp(nearestStorable(micros));
        context.issues.push({ code: 'custom', input: value, message: micros });
        return z.NEVER;
      }),
    ),
    forDocument({
      parameter: { anyOf: [{ type: 'string' }, { type: 'number' }] },
      description,
      example: '2026-01-31T14:30:00Z',
    }),
  );

/**
 * A point in time: ISO 8601, UTC without an offset, or epoch milliseconds as records have them. Becomes ISO 8601 with microseconds. A day
 * alone is its midnight.
 */
export const time = bound(
  false,
  'ISO 8601 (UTC if it has no offset) or epoch milliseconds. A date without a time means midnight.',
);

/** The last point of a period: a day alone is its last microsecond. */
export const endTime = bound(
  true,
  'ISO 8601 (UTC if it has no offset) or epoch milliseconds. A date without a time means its last microsecond.',
);

/** Where a period has both ends, they are in order. */
export const inOrder = (value: { start?: string | undefined; end?: string | undefined }): boolean =>
  value.start === undefined || value.end === undefined || value.start <= value.end;
/** The issue of a period whose start is after its end. */
export const NOT_IN_ORDER: { message: string; path: string[] } = { message: 'must not be before start', path: ['end'] };

const list = /* @__NO_SIDE_EFFECTS__ */ <T>(item: z.ZodMiniType<T, string>, most: number, itemSchema: object) =>
  documented(
    z.pipe(
      z.pipe(
        z.string(),
        z.transform((text) => (text === '' ? [] : text.split(','))),
      ),
      z.array(item).check(z.minLength(1), z.maxLength(most)),
    ),
    forDocument({ parameter: { type: 'array', items: itemSchema, minItems: 1, maxItems: most } }),
  );

/** A text that rows are looked up by. Postgres takes neither a NUL nor half a surrogate pair, and no row has either. */
export const lookup = (most: number) =>
  documented(
    z.string().check(z.minLength(1), z.maxLength(most), z.refine(isStorable, 'has a character that no name can have')),
    forDocument({ parameter: { type: 'string', minLength: 1, maxLength: most } }),
  );

/** A part of a name, in any case. */
export const search = documented(
  text(1, 100),
  forDocument({
    parameter: { type: 'string' },
    description: 'Only rows whose name or symbol contains this, in any case.',
    example: 'mini',
  }),
);

/** A comma-separated list of up to `most` ids. */
export const ids = (most: number) => list(idParameter, most, { type: 'integer', minimum: 1 });
/** A comma-separated list of up to `most` symbols. */
export const symbols = (most: number) => list(symbol, most, { type: 'string' });

/** Which instrument: by id or by symbol, not both. */
export const instrumentQuery = { instrumentId: z.optional(idParameter), symbol: z.optional(symbol) };

/** Whether a query names its instrument at most once. */
export const notBoth = (value: { instrumentId?: number | undefined; symbol?: string | undefined }) =>
  value.instrumentId === undefined || value.symbol === undefined;
/** The message for a query that fails `notBoth`. */
export const NOT_BOTH = 'give instrumentId or symbol, not both';

/** Room for the longest name: 100 UTF-16 units, each of six bytes once it is escaped, as base64url. Characters. */
const MAX_CURSOR_LENGTH = 1000;

/** Where the next page starts: opaque to clients. */
export const cursor = documented(
  z.string().check(z.maxLength(MAX_CURSOR_LENGTH), z.regex(/^[A-Za-z0-9_-]+$/, 'is not a valid cursor')),
  forDocument({
    parameter: { type: 'string' },
    description:
      'The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ.',
  }),
);

/** In a JSON body the same choice, as numbers and strings. */
export const instrumentBody = { instrumentId: z.optional(id), symbol: z.optional(symbol) };
