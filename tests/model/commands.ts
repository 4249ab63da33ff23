import fc from 'fast-check';
import type { RecordInput, Verdict } from './store-model.ts';

/** The steps of a history, with places in what is stored by then left open: `pick` is resolved when the step is taken. */

/** A place in a list whose length is not known yet. */
export type Pick = number;

export type Selection =
  | { readonly by: 'ids'; readonly picks: readonly Pick[]; readonly unknown: boolean; readonly asRanges: boolean }
  | { readonly by: 'batch' | 'operation'; readonly pick: Pick }
  | {
      readonly by: 'filter';
      readonly symbol: number;
      readonly first: number;
      readonly last: number;
      readonly bars: Bars;
    };

export type Bars = '1m' | null;
export type Format = 'json' | 'ndjson' | 'csv' | 'gzip';

/** A record with its instrument as a number, and what the contract says of it. */
export interface RecordStep {
  readonly symbol: number;
  readonly input: Omit<RecordInput, 'symbol'>;
  readonly verdict: Verdict;
}

export type Step =
  | {
      readonly do: 'ingest';
      readonly records: readonly RecordStep[];
      readonly atomic: boolean;
      readonly packet: boolean;
      readonly replace: boolean;
      readonly bars: Bars;
      readonly format: Format;
      readonly key: number | null;
    }
  | {
      readonly do: 'deletion' | 'restoration';
      readonly selection: Selection;
      readonly dryRun: boolean;
      /** Added to the right `expectedCount`; null for none. */
      readonly countOff: number | null;
      readonly key: number | null;
    }
  | { readonly do: 'replay'; readonly pick: Pick }
  | {
      readonly do: 'page' | 'latest' | 'bars';
      readonly symbol: number;
      readonly bars: Bars;
      readonly start: number | null;
      readonly end: number | null;
      readonly order: 'asc' | 'desc';
      readonly limit: number;
      readonly includeDeleted: boolean;
      readonly asOf: Pick | null;
      readonly interval: '1m' | '1d';
    }
  | { readonly do: 'receipt' | 'operation' | 'tick'; readonly pick: Pick };

/** Steps that are taken at once; mostly one. */
export type Moment = readonly Step[];

/** The instants of a history: four in one minute, one in the next, one on another day. */
export const TIMES = [
  '2026-03-02T14:30:00.000000Z',
  '2026-03-02T14:30:00.000001Z',
  '2026-03-02T14:30:30.000000Z',
  '2026-03-02T14:30:59.999999Z',
  '2026-03-02T14:31:00.000000Z',
  '2026-04-01T00:00:00.000000Z',
] as const;

/** Instruments of a history. Packets have one of their own: a feed numbers ticks, or packets. */
export const SYMBOLS = 2;

const pick = fc.nat(1000);
const time = fc.nat(TIMES.length - 1);
const rare = <T>(value: fc.Arbitrary<T>, nil = 4) => fc.option(value, { freq: nil });
const symbol = fc.nat(SYMBOLS - 1);
const bars = fc.option(fc.constant('1m' as const), { freq: 3 }).map((value): Bars => value ?? null);
/** Few keys, so that a key is used again. */
const key = fc.option(fc.nat(3), { freq: 1 });

const price = fc.constantFrom(1, 2.5, -3);
const good = fc
  .record({
    // mostly few keys, so that rows meet
    at: fc.oneof({ weight: 2, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: time }),
    sequence: fc.constantFrom(null, 1, 1, 1, 2, 2, 3),
    price: fc.option(price, { freq: 5 }),
    volume: fc.constantFrom(null, 0, 4),
    bid: fc.constantFrom(null, null, 1.5),
  })
  .map(({ at, price: ofTick, volume, bid, ...rest }): Omit<RecordStep, 'symbol'> => {
    const input = { timestamp: TIMES[at] as string, ...rest, price: ofTick, volume, bid };
    return { input, verdict: ofTick === null && volume === null && bid === null ? 'empty_record' : undefined };
  });
const bad = fc
  .tuple(
    time,
    fc.constantFrom<[object, string]>(
      [{ timestamp: 1704067200, price: 1 }, 'ambiguous_time_unit'],
      [{ price: 1, volume: -1 }, 'any'],
      [{ price: 1, sequence: 1.5 }, 'any'],
      [{ timestamp: '1969-12-31T23:59:59Z', price: 1 }, 'any'],
    ),
  )
  .map(([at, [fields, verdict]]): Omit<RecordStep, 'symbol'> => {
    return { input: { timestamp: TIMES[at] as string, ...fields }, verdict };
  });
const record = fc
  .tuple(symbol, fc.oneof({ weight: 14, arbitrary: good }, { weight: 1, arbitrary: bad }))
  .map(([of, rest]): RecordStep => ({ symbol: of, ...rest }));

const ingest = fc.record({
  do: fc.constant('ingest' as const),
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
  atomic: fc.constantFrom(false, false, false, true),
  packet: fc.constantFrom(false, false, true),
  replace: fc.constantFrom(false, false, true),
  bars,
  format: fc.constantFrom<Format>('json', 'ndjson', 'csv', 'gzip'),
  key,
});

const selection: fc.Arbitrary<Selection> = fc.oneof(
  fc.record({
    by: fc.constant('ids' as const),
    picks: fc.array(pick, { maxLength: 5 }),
    unknown: fc.boolean(),
    asRanges: fc.boolean(),
  }),
  fc.record({ by: fc.constantFrom('batch' as const, 'operation' as const), pick }),
  fc
    .record({ by: fc.constant('filter' as const), symbol, a: time, b: time, bars })
    .map(({ a, b, ...rest }) => ({ ...rest, first: Math.min(a, b), last: Math.max(a, b) })),
);

const change = fc.record({
  do: fc.constantFrom('deletion' as const, 'restoration' as const),
  selection,
  dryRun: fc.constantFrom(false, false, false, true),
  countOff: rare(fc.constantFrom(0, 0, 1), 1),
  key,
});

const read = fc
  .record({
    do: fc.constantFrom('page' as const, 'page' as const, 'latest' as const, 'bars' as const),
    symbol,
    bars,
    a: rare(time, 1),
    b: rare(time, 1),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.integer({ min: 1, max: 5 }),
    includeDeleted: fc.boolean(),
    asOf: rare(pick, 1),
    interval: fc.constantFrom('1m' as const, '1d' as const),
  })
  .map(({ a, b, ...rest }) => {
    const isReversed = a !== null && b !== null && a > b;
    return { ...rest, start: isReversed ? b : a, end: isReversed ? a : b };
  });

const single = fc.record({
  do: fc.constantFrom('receipt' as const, 'operation' as const, 'tick' as const),
  pick,
});

/** One step. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: ingest },
  { weight: 6, arbitrary: change },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), pick }) },
  { weight: 4, arbitrary: read },
  { weight: 1, arbitrary: single },
);

const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 4, arbitrary: step.map((only) => [only]) },
  { weight: 1, arbitrary: fc.array(step, { minLength: 2, maxLength: 3 }) },
);

/** Whole histories. */
export const histories: fc.Arbitrary<readonly Moment[]> = fc.array(moment, {
  minLength: 3,
  maxLength: 18,
  size: 'max',
});
