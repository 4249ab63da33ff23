import * as z from 'zod';
import { asOf } from './as-of.ts';
import { BAR_LENGTHS } from './batches.ts';
import { symbol, timestamp } from './fields.ts';
import { cursor, endTime, inOrder, integer, NOT_IN_ORDER, symbols, time } from './parameters.ts';

/** What a bar can be made of: `mid` is the middle of bid and ask. */
export const BAR_VALUES = ['price', 'mid', 'bid', 'ask'] as const;
/** One of `BAR_VALUES`. */
export type BarValue = (typeof BAR_VALUES)[number];

/** The most instruments that one request may name. */
export const MAX_BAR_SYMBOLS = 100;

const isTimeZone = (name: string): boolean => {
  try {
    // an offset is not a name, and Postgres inverts its sign
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
};

/** The query parameters of a list of bars. */
export const barsQuery = z
  .strictObject({
    symbol: symbol.optional(),
    symbols: symbols(MAX_BAR_SYMBOLS).optional(),
    interval: z
      .enum(BAR_LENGTHS)
      .describe('The length of a bar. Weeks begin on Monday; 1h and 4h count from local midnight.'),
    start: time.optional().describe('Bars that start at this time or later.'),
    end: endTime.optional().describe('Bars that start at this time or earlier.'),
    of: z
      .enum(BAR_VALUES)
      .default('price')
      .describe('The value of a tick that bars are made of. `mid` is (bid + ask) / 2.'),
    from: z
      .enum(['ticks', 'bars'])
      .default('ticks')
      .describe('What bars are made of: ticks, or the stored bars of the longest length that fits the interval.'),
    timeZone: z
      .string()
      .max(64)
      .default('UTC')
      .refine(isTimeZone, 'must be the name of an IANA time zone, such as America/New_York')
      .describe('Where days, weeks, 1h and 4h begin at midnight: an IANA name.'),
    order: z.enum(['asc', 'desc']).default('asc').describe('By start, within each symbol.'),
    limit: integer(1, 10_000, 1000).describe('Bars per page.'),
    cursor: cursor.optional(),
    asOf,
  })
  .refine((query) => (query.symbol === undefined) !== (query.symbols === undefined), 'give either symbol or symbols')
  .refine((query) => query.from === 'ticks' || query.of === 'price', {
    message: 'stored bars have prices only: of must be price with from=bars',
    path: ['of'],
  })
  .refine(inOrder, NOT_IN_ORDER);

const value = z.number();

/** One bar, as the ticks are when asked. */
export const bar = z
  .object({
    symbol,
    start: timestamp,
    open: value,
    high: value,
    low: value,
    close: value,
    volume: value.nullable().meta({ description: 'Null where no tick has a volume.' }),
    count: z.int().min(1).meta({ description: 'Ticks, or stored bars, that the bar is made of.' }),
    vwap: value.nullable().meta({ description: 'The mean weighted by volume; null without volume.' }),
    complete: z.boolean().meta({ description: 'Whether the end of the bar has passed.' }),
  })
  .meta({ id: 'Bar' });
/** See `bar`. */
export type Bar = z.output<typeof bar>;
