import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';
import { type Field, id, recordSchema, responseShape, symbol, timestamp } from './fields.ts';

type Details = Partial<Omit<Field, 'name' | 'column' | 'kind' | 'description'>>;

const price = <const Name extends string, const Column extends string>(
  name: Name,
  column: Column,
  description: string | undefined,
  details: Details = {},
) => ({ ...details, name, column, kind: 'number', rounded: true, description }) as const satisfies Field;

const size = <const Name extends string, const Column extends string>(
  name: Name,
  column: Column,
  description: string | undefined,
  details: Details = {},
) => ({ ...details, name, column, kind: 'number', nonNegative: true, description }) as const satisfies Field;

/** The fields of a tick besides `timestamp`, `instrumentId` and `symbol`, in the order of the table's columns. */
export const tickFields = [
  price('price', 'price', forDocument('Last or close price. May be zero or negative: TICK and ADD are.'), {
    csvNames: ['close', 'c', 'last', 'close/last', 'last_price'],
  }),
  size('volume', 'volume', forDocument('Traded volume. Fractions allowed.'), {
    csvNames: ['vol', 'v', 'tick_volume', 'qty', 'quantity', 'amount'],
  }),
  price('bid', 'bid', forDocument('Best bid price.'), { csvNames: ['bid_price'] }),
  price('ask', 'ask', forDocument('Best ask price.'), { csvNames: ['ask_price'] }),
  size('bidSize', 'bid_size', forDocument('Size at the best bid.'), { csvNames: ['bid_amount'] }),
  size('askSize', 'ask_size', forDocument('Size at the best ask.'), { csvNames: ['ask_amount'] }),
  price('openPrice', 'open_price', forDocument('Open of the bar.'), { csvNames: ['open', 'o'] }),
  price('highPrice', 'high_price', forDocument('High of the bar, at or above the low.'), { csvNames: ['high', 'h'] }),
  price('lowPrice', 'low_price', forDocument('Low of the bar.'), { csvNames: ['low', 'l'] }),
  {
    name: 'sequence',
    column: 'sequence',
    kind: 'integer',
    key: true,
    csvNames: ['seq'],
    description: forDocument(
      "The feed's own number. With it, (instrument, timestamp, sequence) is unique, deleted rows included.",
    ),
  },
] as const satisfies readonly Field[];

/** The schema of one tick in a batch, for the OpenAPI document. */
export const tickRecord = /* @__PURE__ */ made(() =>
  documented(
    recordSchema(tickFields),
    forDocument({
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
    }),
  ),
);

/** The fields of a stored tick, in the order of `tick`. */
export const TICK_FIELDS: readonly string[] = [
  ...['id', 'timestamp', 'instrumentId', 'symbol'],
  ...tickFields.map(({ name }) => name),
  ...['batchId', 'deletedAt', 'deletedBy'],
];

/** A stored tick, as responses show it. */
export const tick = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      id,
      timestamp,
      instrumentId: id,
      symbol,
      ...responseShape(tickFields),
      batchId: id,
      deletedAt: z.nullable(timestamp),
      deletedBy: documented(z.nullable(id), forDocument({ description: 'The operation that deleted it.' })),
    }),
    forDocument({ id: 'Tick' }),
  ),
);
/** A stored tick, as responses show it. */
export type Tick = z.output<typeof tick>;
