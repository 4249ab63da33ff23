import fc from 'fast-check';
import {
  type Bars,
  CREATED,
  type Format,
  type IngestStep,
  type Moment,
  PACKETS,
  type RecordStep,
  RULES,
  type Selection,
  type Step,
  SYMBOLS,
  TIMES,
} from './commands.ts';

const pick = fc.nat(1000);
const time = fc.nat(TIMES.length - 1);
/** A value in one of so many draws, else null. */
const oneIn = <T>(draws: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight: draws - 1, arbitrary: fc.constant(null) });
const symbol = fc.nat(SYMBOLS - 1);
/** Occasionally the instrument that has to be created first. */
const anySymbol = fc.oneof({ weight: 12, arbitrary: symbol }, { weight: 1, arbitrary: fc.constant(CREATED) });
const kind = fc.constantFrom('ticks' as const, 'ticks' as const, 'ticks' as const, 'alerts' as const);
const someBars: fc.Arbitrary<Bars> = oneIn(2, fc.constantFrom('1m', '1m', '1h', '1d'));
/** Few keys, so that a key is used again. */
const key = oneIn(3, fc.nat(3));
const batchSize = fc.constantFrom(null, null, 1, 2);
const format = fc.constantFrom<Format>('json', 'ndjson', 'csv', 'gzip');

/** Prices with few and with many digits, and one too small for the four decimals of responses. */
const price = fc.constantFrom(1, 2.5, -3, 1.23456789012, -0.0000123456789, 98_765.432_198, 1.5e-7);
const good = fc
  .record({
    // usually few keys, so that rows collide
    at: fc.oneof({ weight: 2, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: time }),
    sequence: fc.constantFrom(null, 1, 1, 1, 2, 2, 3),
    price: fc.oneof({ weight: 4, arbitrary: price }, { weight: 1, arbitrary: fc.constant(null) }),
    volume: fc.constantFrom(null, 0, 4, 0.125),
    bid: fc.constantFrom(null, null, 1.5),
  })
  .map(({ at, ...rest }): Omit<RecordStep, 'symbol'> => {
    return { input: { timestamp: TIMES[at] as string, ...rest }, verdict: undefined };
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
  .tuple(anySymbol, fc.oneof({ weight: 14, arbitrary: good }, { weight: 1, arbitrary: bad }))
  .map(([of, rest]): RecordStep => ({ symbol: of, ...rest }));

const firedStatus = fc.constantFrom('fired', 'suppressed');
const deliveryStatus = fc.constantFrom('pending', 'failed');
const alert = fc
  .record({
    symbol: anySymbol,
    at: time,
    rule: fc.nat(RULES),
    triggerValue: fc.constantFrom<number | string>(1, -2.125, 1.23456789012, 1, 1, 1, '1'),
    ...{ thresholdValue: fc.constantFrom(2, 0.1), firedStatus, deliveryStatus: oneIn(2, deliveryStatus) },
  })
  .map(({ symbol: of, at, rule, ...values }): RecordStep => {
    // one rule more than there are; and no value is coerced
    const verdict = rule === RULES || typeof values.triggerValue === 'string' ? 'any' : undefined;
    return { symbol: of, input: { timestamp: TIMES[at] as string, rule, ...values }, verdict };
  });

const ingestTicks = fc.record({
  ...{ do: fc.constant('ingest' as const), of: fc.constant('ticks' as const) },
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
  atomic: fc.constantFrom(false, false, false, true),
  packet: fc.constantFrom(false, false, true),
  replace: fc.constantFrom(false, false, true),
  createInstruments: fc.constantFrom(false, false, true),
  ...{ bars: someBars, format, key, batchSize },
});

const ingestAlerts = fc
  .record({
    records: fc.array(alert, { minLength: 1, maxLength: 4 }),
    atomic: fc.constantFrom(false, false, true),
    // a CSV cell is parsed by its column's type, so the text of a number is a number there
    format: fc.constantFrom<Format>('json', 'ndjson', 'gzip'),
    ...{ key, batchSize },
  })
  .map((rest): IngestStep => {
    const none = { packet: false, replace: false, createInstruments: false, bars: null };
    return { do: 'ingest', of: 'alerts', ...none, ...rest };
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
    .record({ by: fc.constant('filter' as const), symbol, a: time, b: time, bars: someBars })
    .map(({ a, b, ...rest }) => ({ ...rest, first: Math.min(a, b), last: Math.max(a, b) })),
);

const change = fc.record({
  do: fc.constantFrom('deletion' as const, 'restoration' as const),
  ...{ of: kind, selection, key, batchSize },
  dryRun: fc.constantFrom(false, false, false, true),
  countOff: oneIn(3, fc.constantFrom(0, 0, 1)),
});

const read = fc
  .record({
    do: fc.constantFrom(
      'page' as const,
      'page' as const,
      'page' as const,
      'latest' as const,
      'bars' as const,
      'coverage' as const,
    ),
    of: kind,
    symbol: fc.constantFrom(0, 0, 0, 1, 1, 1, PACKETS, CREATED),
    ...{ bars: someBars, a: oneIn(2, time), b: oneIn(2, time) },
    order: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.integer({ min: 1, max: 5 }),
    ...{ includeDeleted: fc.boolean(), stored: fc.boolean(), asOf: oneIn(3, pick) },
    interval: fc.constantFrom('1m' as const, '1h' as const, '1d' as const),
    filter: fc.record({ firedStatus: oneIn(3, firedStatus), deliveryStatus: oneIn(3, deliveryStatus) }),
  })
  .map(({ a, b, ...rest }) => {
    const isReversed = a !== null && b !== null && a > b;
    return { ...rest, start: isReversed ? b : a, end: isReversed ? a : b };
  });

const instrument = fc.record({
  do: fc.constant('instrument' as const),
  method: fc.constantFrom('PATCH' as const, 'PATCH' as const, 'PUT' as const),
  symbol: fc.constantFrom(0, 1, PACKETS, CREATED),
  // usually back to active, because an inactive one accepts nothing
  status: fc.constantFrom('active' as const, 'active' as const, 'inactive' as const, null),
  priceDecimals: fc.constantFrom(null, 2, 4, 6),
});

const single = fc.record({
  do: fc.constantFrom('receipt' as const, 'operation' as const, 'row' as const),
  ...{ of: kind, pick },
});

/** One step. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: ingestTicks },
  { weight: 3, arbitrary: ingestAlerts },
  { weight: 12, arbitrary: change },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replay' as const), pick }) },
  { weight: 8, arbitrary: read },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('follow' as const), pick, limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: instrument },
  { weight: 1, arbitrary: fc.constant({ do: 'search' as const }) },
  { weight: 2, arbitrary: single },
);

/** Concurrent deletions and restorations of the same rows. They wait for each other, in any order. */
const contention: fc.Arbitrary<Moment> = fc
  .record({
    first: change,
    kinds: fc.array(fc.constantFrom('deletion' as const, 'restoration' as const), { minLength: 1, maxLength: 2 }),
  })
  .map(({ first, kinds }) => {
    const plain = { ...first, dryRun: false, countOff: null, key: null };
    return [plain, ...kinds.map((what) => ({ ...plain, do: what }))];
  });

const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 24, arbitrary: step.map((only) => [only]) },
  // no order explains a key that expires while it is in use
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), key: fc.nat(3) }).map((only) => [only]) },
  { weight: 5, arbitrary: fc.array(step, { minLength: 2, maxLength: 3 }) },
  { weight: 3, arbitrary: contention },
);

/** Whole histories. */
export const histories: fc.Arbitrary<readonly Moment[]> = fc.array(moment, {
  minLength: 3,
  maxLength: 18,
  size: 'max',
});
