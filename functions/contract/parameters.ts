import * as z from 'zod';
import { id, MAX_INTEGER, symbol } from './fields.ts';
import { EARLIEST_MICROS, explainTime, formatTimestamp, parseTimestamp } from './time.ts';

/**
 * Query and path parameters. They arrive as text; each schema turns one into its value and carries, as `parameter`, the
 * JSON schema that the OpenAPI document shows.
 */

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^(0|-?[1-9]\d{0,15})$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** A whole number from `min` to `max`, with a default. */
export const integer = (min: number, max: number, fallback: number) =>
  wholeNumber(min, max)
    .default(fallback)
    .meta({ parameter: { type: 'integer', minimum: min, maximum: max, default: fallback } });

/** An id in a path or a query. */
export const idParameter = wholeNumber(1, MAX_INTEGER).meta({
  parameter: { type: 'integer', minimum: 1, maximum: MAX_INTEGER },
});

/** A boolean that defaults to false. */
export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((text) => text === 'true')
  .meta({ parameter: { type: 'boolean', default: false } });

/** The years 0 and 9999 are valid bounds, but Postgres has no year 0, and microseconds exceed 2^53 in 2255. */
const nearestStorable = (micros: number) => Math.min(Math.max(micros, EARLIEST_MICROS - 1), MAX_INTEGER);

/** A point in time. Without an offset it is UTC, and a day alone is its midnight. Becomes ISO 8601 with microseconds. */
export const time = z
  .string()
  .transform((text, context) => {
    const micros = parseTimestamp(text, 'utc');
    if (typeof micros === 'number') return formatTimestamp(nearestStorable(micros));
    context.addIssue({ code: 'custom', message: explainTime(micros) });
    return z.NEVER;
  })
  .meta({ parameter: { type: 'string', format: 'date-time' } });

const list = <T>(item: z.ZodType<T, string>, most: number, itemSchema: object) =>
  z
    .string()
    .transform((text) => (text === '' ? [] : text.split(',')))
    .pipe(z.array(item).min(1).max(most))
    .meta({ parameter: { type: 'array', items: itemSchema, minItems: 1, maxItems: most } });

/** A comma-separated list of up to `most` ids. */
export const ids = (most: number) => list(idParameter, most, { type: 'integer', minimum: 1 });
/** A comma-separated list of up to `most` symbols. */
export const symbols = (most: number) => list(symbol, most, { type: 'string' });

/** Which instrument: by id or by symbol, not both. */
export const instrumentQuery = { instrumentId: idParameter.optional(), symbol: symbol.optional() };

/** Whether a query names its instrument at most once. */
export const notBoth = (value: { instrumentId?: number | undefined; symbol?: string | undefined }) =>
  value.instrumentId === undefined || value.symbol === undefined;
/** The message for a query that fails `notBoth`. */
export const NOT_BOTH = 'give instrumentId or symbol, not both';

/** Where the next page starts: opaque to clients. */
export const cursor = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/, 'is not a valid cursor')
  .meta({ parameter: { type: 'string' }, description: 'The `nextCursor` of the previous page.' });

/** In a JSON body the same choice, as numbers and strings. */
export const instrumentBody = { instrumentId: id.optional(), symbol: symbol.optional() };
