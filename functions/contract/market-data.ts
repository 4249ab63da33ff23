import * as z from 'zod';
import { type Field, id, recordSchema, symbol, timestamp } from './fields.ts';

const price = (name: string, column: string, description: string, csvNames: string[] = []): Field => ({
  name,
  column,
  kind: 'number',
  csvNames,
  description,
});
const size = (name: string, column: string, description: string): Field => ({
  name,
  column,
  kind: 'number',
  nonNegative: true,
  description,
});

/** The fields of a tick besides `timestamp`, `instrumentId` and `symbol`, in the order of the table's columns. */
export const tickFields: readonly Field[] = [
  price('price', 'price', 'Last or close price. May be zero or negative: TICK and ADD are.', ['close']),
  size('volume', 'volume', 'Traded volume. Fractions allowed.'),
  price('bid', 'bid', 'Best bid price.'),
  price('ask', 'ask', 'Best ask price.'),
  size('bidSize', 'bid_size', 'Size at the best bid.'),
  size('askSize', 'ask_size', 'Size at the best ask.'),
  price('openPrice', 'open_price', 'Open of the bar.', ['open']),
  price('highPrice', 'high_price', 'High of the bar, at or above the low.', ['high']),
  price('lowPrice', 'low_price', 'Low of the bar.', ['low']),
  {
    name: 'sequence',
    column: 'sequence',
    kind: 'integer',
    description: "The feed's own number. With it, (instrument, timestamp, sequence) is unique, deleted rows included.",
  },
];

/** The fields that answers round to the instrument's `priceDecimals`. */
export const PRICE_FIELDS = ['price', 'bid', 'ask', 'openPrice', 'highPrice', 'lowPrice'] as const;

export const tickRecord = recordSchema(tickFields).meta({
  id: 'TickRecord',
  example: {
    timestamp: '2026-01-31T14:30:00.000001Z',
    symbol: 'ES',
    price: 4300.25,
    volume: 3,
    bid: 4300,
    ask: 4300.25,
    sequence: 17,
  },
});

const nullableNumber = z.number().nullable();

/** A stored tick, as answers show it. */
export const tick = z
  .object({
    id,
    timestamp,
    instrumentId: id,
    symbol,
    price: nullableNumber,
    volume: nullableNumber,
    bid: nullableNumber,
    ask: nullableNumber,
    bidSize: nullableNumber,
    askSize: nullableNumber,
    openPrice: nullableNumber,
    highPrice: nullableNumber,
    lowPrice: nullableNumber,
    sequence: z.int().nullable(),
    batchId: id,
    deletedAt: timestamp.nullable(),
    deletedBy: id.nullable().meta({ description: 'The operation that deleted it.' }),
  })
  .meta({ id: 'Tick' });
export type Tick = z.output<typeof tick>;
