import { type HistoryModel, inOrder, type ModelRow, type StoreModel, type Values } from './store-model.ts';

/** A read of one instrument, as the model sees it. */
export interface ReadModel {
  readonly of: 'ticks' | 'alerts';
  readonly symbol: string;
  readonly bars: string | null;
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly includeDeleted: boolean;
  /** Now where it is left out. */
  readonly asOf: number | undefined;
  /** Whether values come as they are stored. */
  readonly stored: boolean;
  /** Values that a row must have. */
  readonly filter: Values;
  /** The last row of the previous page. */
  readonly after: ModelRow | undefined;
}

/** All current ticks of an instrument, in ascending order. */
export const wholeRead = (symbol: string): ReadModel => ({
  ...{ of: 'ticks', symbol, bars: null, start: undefined, end: undefined, order: 'asc', includeDeleted: false },
  ...{ asOf: undefined, stored: false, filter: {}, after: undefined },
});

const rowsOf = (store: StoreModel, asOf: number | undefined) => (asOf === undefined ? store.rows : store.asOf(asOf));

/** All rows of a period, in order. */
export function predictRows(model: HistoryModel, read: ReadModel): ModelRow[] {
  const { of, symbol, bars, start, end, order, includeDeleted, asOf, filter, after } = read;
  const direction = order === 'asc' ? 1 : -1;
  return rowsOf(model[of], asOf)
    .filter((row) => row.symbol === symbol && row.bars === bars && (includeDeleted || row.deletedBy === null))
    .filter((row) => (start === undefined || row.timestamp >= start) && (end === undefined || row.timestamp <= end))
    .filter((row) => Object.entries(filter).every(([name, value]) => row.values[name] === value))
    .filter((row) => after === undefined || direction * inOrder(row, after) > 0)
    .sort((a, b) => direction * inOrder(a, b));
}

/**
 * Prices are rounded to their instrument's current decimals, or to six digits if a non-zero price would become zero.
 */
export function roundPrice(value: number, decimals: number): number {
  const rounded = Number(value.toFixed(decimals));
  return rounded === 0 && value !== 0 ? Number(value.toPrecision(6)) : rounded;
}

const PRICES = new Set(['price', 'bid']);

/** A row as responses show it. */
export function shown(model: HistoryModel, row: ModelRow, { of, stored }: Pick<ReadModel, 'of' | 'stored'>): object {
  const { id, batchId, symbol, timestamp, sequence, deletedBy } = row;
  const decimals = model.instruments.get(symbol)?.priceDecimals ?? 0;
  const values = Object.entries(row.values).map(([name, value]) => [
    name,
    !stored && PRICES.has(name) && typeof value === 'number' ? roundPrice(value, decimals) : value,
  ]);
  const head = { id, batchId, symbol, timestamp, ...(of === 'ticks' ? { sequence } : {}), deletedBy };
  return { ...head, ...Object.fromEntries(values) };
}

/** Lengths of bars that histories use, in minutes. */
export const MINUTES: Readonly<Record<string, number>> = { '1m': 1, '1h': 60, '1d': 1440 };
export type Interval = '1m' | '1h' | '1d';

/**
 * The length of the stored bars that bars are made of. Undefined if several lengths fit the interval, because the
 * contract does not say which one is used.
 */
export function barLengthOf(model: HistoryModel, symbol: string, interval: Interval): string | null | undefined {
  const fits = (row: ModelRow) =>
    row.symbol === symbol && row.bars !== null && (MINUTES[row.bars] as number) <= (MINUTES[interval] as number);
  const lengths = new Set(model.ticks.rows.filter(fits).map((row) => row.bars));
  return lengths.size > 1 ? undefined : ([...lengths][0] ?? '1m');
}

type Priced = ModelRow & { readonly values: { readonly price: number; readonly volume: number | null } };

/** Bars of ticks or of stored bars, in UTC. */
export function predictBars(model: HistoryModel, read: ReadModel & { readonly interval: Interval }): object[] {
  const bars = new Map<string, Priced[]>();
  for (const row of predictRows(model, { ...read, start: undefined, end: undefined, order: 'asc' })) {
    if (typeof row.values['price'] !== 'number') continue;
    const start = startOf(row.timestamp, read.interval);
    bars.set(start, [...(bars.get(start) ?? []), row as Priced]);
  }
  const starts = [...bars.keys()].sort().filter((start) => isWithin(start, read));
  const decimals = model.instruments.get(read.symbol)?.priceDecimals ?? 0;
  const result = starts.map((start) => barOf(start, bars.get(start) as Priced[], decimals));
  return read.order === 'asc' ? result : result.reverse();
}

const STARTS = { '1m': [16, ':00.000000Z'], '1h': [13, ':00:00.000000Z'], '1d': [10, 'T00:00:00.000000Z'] } as const;
const startOf = (timestamp: string, interval: Interval) =>
  `${timestamp.slice(0, STARTS[interval][0])}${STARTS[interval][1]}`;

const isWithin = (start: string, read: ReadModel) =>
  (read.start === undefined || start >= read.start) && (read.end === undefined || start <= read.end);

function barOf(start: string, rows: readonly Priced[], decimals: number): object {
  const prices = rows.map(({ values }) => values.price);
  const withVolume = rows.flatMap(({ values }) =>
    values.volume === null ? [] : [values as { price: number; volume: number }],
  );
  const volume = withVolume.reduce((sum, row) => sum + row.volume, 0);
  const money = withVolume.reduce((sum, row) => sum + row.volume * row.price, 0);
  const rounded = (price: number | undefined) => roundPrice(price as number, decimals);
  return {
    start,
    open: rounded(prices[0]),
    high: rounded(Math.max(...prices)),
    low: rounded(Math.min(...prices)),
    close: rounded(prices.at(-1)),
    volume: withVolume.length === 0 ? null : volume,
    count: rows.length,
    vwap: volume === 0 ? null : toNineDigits(money / volume),
  };
}

/** A mean is compared by nine significant digits. */
export const toNineDigits = (value: number): number => Number(value.toPrecision(9));

/** What is stored of an instrument by day, in UTC. */
export function predictCoverage(model: HistoryModel, read: ReadModel): object[] {
  const days = Map.groupBy(predictRows(model, { ...read, includeDeleted: true }), (row) => row.timestamp.slice(0, 10));
  return [...days].map(([period, all]) => {
    const live = all.filter((row) => row.deletedBy === null);
    const [first, last] = [live[0]?.timestamp ?? null, live.at(-1)?.timestamp ?? null];
    return {
      symbol: read.symbol,
      period,
      rows: live.length,
      deleted: all.length - live.length,
      firstAt: first,
      lastAt: last,
    };
  });
}
