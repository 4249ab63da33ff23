import * as z from 'zod/mini';
import { asOf } from './as-of.ts';
import { BAR_LENGTHS } from './batches.ts';
import { documented, forDocument, made } from './documented.ts';
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
    symbol: z.optional(symbol),
    symbols: z.optional(symbols(MAX_BAR_SYMBOLS)),
    interval: documented(
      z.enum(BAR_LENGTHS),
      forDocument({
        description: 'The length of a bar. Weeks begin on Monday; 1h and 4h count from local midnight.',
      }),
    ),
    start: documented(z.optional(time), forDocument({ description: 'Bars that start at this time or later.' })),
    end: documented(z.optional(endTime), forDocument({ description: 'Bars that start at this time or earlier.' })),
    of: documented(
      z._default(z.enum(BAR_VALUES), 'price'),
      forDocument({
        description: 'The value of a tick that bars are made of. `mid` is (bid + ask) / 2.',
      }),
    ),
    from: documented(
      z._default(z.enum(['ticks', 'bars']), 'ticks'),
      forDocument({
        description: 'The source of the bars: ticks, or the stored bars of the longest length that fits the interval.',
      }),
    ),
    timeZone: documented(
      z
        ._default(z.string().check(z.maxLength(64)), 'UTC')
        .check(z.refine(isTimeZone, 'must be the name of an IANA time zone, such as America/New_York')),
      forDocument({ description: 'The IANA time zone in which days, weeks, 1h and 4h begin at midnight.' }),
    ),
    order: documented(
      z._default(z.enum(['asc', 'desc']), 'asc'),
      forDocument({ description: 'By start, within each symbol.' }),
    ),
    limit: documented(integer(1, 10_000, 1000), forDocument({ description: 'Bars per page.' })),
    cursor: z.optional(cursor),
    asOf,
  })
  .check(
    z.refine(
      (query) => (query.symbol === undefined) !== (query.symbols === undefined),
      'give either symbol or symbols',
    ),
    z.refine((query) => query.from === 'ticks' || query.of === 'price', {
      message: 'stored bars have prices only: of must be price with from=bars',
      path: ['of'],
    }),
    z.refine(inOrder, NOT_IN_ORDER),
  );

const value = z.number();

/** The fields of a bar, in the order of `bar`. */
export const BAR_FIELDS: readonly string[] = [
  'symbol',
  'start',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'count',
  'vwap',
  'complete',
];

/** One bar, as the ticks are when asked. */
export const bar = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      symbol,
      start: timestamp,
      open: value,
      high: value,
      low: value,
      close: value,
      volume: documented(z.nullable(value), forDocument({ description: 'Null if no tick has a volume.' })),
      count: documented(
        z.int().check(z.minimum(1)),
        forDocument({
          description: 'Ticks, or stored bars, that the bar is made of.',
        }),
      ),
      vwap: documented(
        z.nullable(value),
        forDocument({ description: 'The mean weighted by volume; null without volume.' }),
      ),
      complete: documented(z.boolean(), forDocument({ description: 'Whether the end of the bar has passed.' })),
    }),
    forDocument({ id: 'Bar' }),
  ),
);
/** See `bar`. */
export type Bar = z.output<typeof bar>;
