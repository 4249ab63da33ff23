import { inOrder, type ModelRow, type StoreModel } from './store-model.ts';

/** A read of one instrument, as the model sees it. */
export interface ReadModel {
  readonly symbol: string;
  readonly bars: string | null;
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly includeDeleted: boolean;
  /** Now where it is left out. */
  readonly asOf: number | undefined;
}

const rowsOf = (model: StoreModel, asOf: number | undefined) => (asOf === undefined ? model.rows : model.asOf(asOf));

/** All rows of a period, in order. */
export function predictRows(model: StoreModel, read: ReadModel): ModelRow[] {
  const { symbol, bars, start, end, order, includeDeleted, asOf } = read;
  const rows = rowsOf(model, asOf)
    .filter((row) => row.symbol === symbol && row.bars === bars && (includeDeleted || row.deletedBy === null))
    .filter((row) => (start === undefined || row.timestamp >= start) && (end === undefined || row.timestamp <= end))
    .sort(inOrder);
  return order === 'asc' ? rows : rows.reverse();
}

/** What a row shows of itself. */
export const shown = ({
  id,
  batchId,
  symbol,
  timestamp,
  sequence,
  price,
  volume,
  bid,
  deletedBy,
}: ModelRow): object => ({
  id,
  batchId,
  symbol,
  timestamp,
  sequence,
  price,
  volume,
  bid,
  deletedBy,
});

/** Bars of a minute or a day, of ticks or of stored bars of a minute, in UTC. */
export function predictBars(model: StoreModel, read: ReadModel & { readonly interval: '1m' | '1d' }): object[] {
  const bars = new Map<string, ModelRow[]>();
  for (const row of predictRows(model, { ...read, start: undefined, end: undefined, order: 'asc' })) {
    if (row.price === null) continue;
    const start =
      read.interval === '1m'
        ? `${row.timestamp.slice(0, 16)}:00.000000Z`
        : `${row.timestamp.slice(0, 10)}T00:00:00.000000Z`;
    bars.set(start, [...(bars.get(start) ?? []), row]);
  }
  const starts = [...bars.keys()].sort().filter((start) => isWithin(start, read));
  const result = starts.map((start) => barOf(start, bars.get(start) as ModelRow[]));
  return read.order === 'asc' ? result : result.reverse();
}

const isWithin = (start: string, read: ReadModel) =>
  (read.start === undefined || start >= read.start) && (read.end === undefined || start <= read.end);

function barOf(start: string, rows: readonly ModelRow[]): object {
  const prices = rows.map(({ price }) => price as number);
  const withVolume = rows.filter(({ volume }) => volume !== null) as (ModelRow & { volume: number; price: number })[];
  const volume = withVolume.reduce((sum, row) => sum + row.volume, 0);
  const money = withVolume.reduce((sum, row) => sum + row.volume * row.price, 0);
  return {
    start,
    open: prices[0],
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1),
    volume: withVolume.length === 0 ? null : volume,
    count: rows.length,
    vwap: volume === 0 ? null : toNineDigits(money / volume),
  };
}

/** A mean is compared by nine significant digits. */
export const toNineDigits = (value: number): number => Number(value.toPrecision(9));
