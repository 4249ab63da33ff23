import type { ApiBar, RowPage, TickSelection } from '../../api/market-data.ts';
import { get, query } from '../../api/request.ts';
import type { Candle } from './candles.ts';
import type { ChartInterval } from './intervals.ts';
import type { CandleValue } from './view.ts';

/** Candles in ascending order, and a way to load earlier ones. */
export interface CandlePage {
  readonly candles: readonly Candle[];
  readonly cursor: string | null;
}

/** Which candles: their length and their source. */
export interface CandleKind {
  readonly interval: ChartInterval;
  readonly of: CandleValue;
}

const PAGE = 500;

/**
 * The newest candles before a cursor, of ticks or of stored bars.
 * @throws ApiError
 */
export async function loadCandles(
  { symbol, start, end, bars }: TickSelection,
  { interval, of }: CandleKind,
  cursor: string | null,
  signal: AbortSignal,
): Promise<CandlePage> {
  const from = bars === undefined ? 'ticks' : 'bars';
  const wanted = { symbol, interval, of, start, end, from, order: 'desc', limit: PAGE, cursor };
  const { data, nextCursor } = await get<RowPage<ApiBar>>(`/v1/market-data/bars${query(wanted)}`, signal);
  return { candles: data.map(candleOf).reverse(), cursor: nextCursor };
}

const candleOf = ({ start, open, high, low, close, volume, count }: ApiBar): Candle => ({
  ...{ time: Date.parse(start) / 1000, open, high, low, close, volume, count },
});
