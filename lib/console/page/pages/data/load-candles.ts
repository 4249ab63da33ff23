import { type ApiBar, isRouteMissing, type Page, readTicks, type Selection } from '../../api/market-data.ts';
import { get, query } from '../../api/request.ts';
import type { Interval } from './intervals.ts';
import { type Candle, makeCandles } from './make-candles.ts';
import type { CandleValue } from './view.ts';

/** Candles in ascending order, and how to read the ones before them. */
export interface CandlePage {
  readonly candles: readonly Candle[];
  readonly cursor: string | null;
  /** Who made them: the server, or this page from the rows themselves. */
  readonly madeBy: 'server' | 'page';
}

/** Which candles: how long, and of what. */
export interface CandleKind {
  readonly interval: Interval;
  readonly of: CandleValue;
}

const CANDLES = 500;
const ROWS = 5000;

let serverMakesBars: boolean | undefined;

/**
 * The newest candles before a cursor. A server without `/v1/market-data/bars` is asked for rows, which become candles here.
 * @throws ApiError
 */
export async function loadCandles(
  selection: Selection,
  { interval, of }: CandleKind,
  cursor: string | null,
  signal: AbortSignal,
): Promise<CandlePage> {
  if (serverMakesBars !== false) {
    try {
      const page = await serverCandles(selection, { interval, of }, cursor, signal);
      serverMakesBars = true;
      return page;
    } catch (error) {
      if (!isRouteMissing(error)) throw error;
      serverMakesBars = false;
    }
  }
  const page = await readTicks(selection, { limit: ROWS, cursor }, signal);
  const candles = makeCandles([...page.data].reverse(), interval);
  return { candles, cursor: page.nextCursor, madeBy: 'page' };
}

async function serverCandles(
  { symbol, start, end, bars }: Selection,
  { interval, of }: CandleKind,
  cursor: string | null,
  signal: AbortSignal,
): Promise<CandlePage> {
  const wanted = { symbol, interval, of, start, end, from: bars === undefined ? 'ticks' : 'bars', order: 'desc' };
  const path = `/v1/market-data/bars${query({ ...wanted, limit: CANDLES, cursor })}`;
  const { data, nextCursor } = await get<Page<ApiBar>>(path, signal);
  const candles = data.flatMap((bar) => candleOf(bar) ?? []).reverse();
  return { candles, cursor: nextCursor, madeBy: 'server' };
}

function candleOf({ start, open, high, low, close, volume, count }: ApiBar): Candle | null {
  if (open === null || high === null || low === null || close === null) return null;
  return { time: Date.parse(start) / 1000, open, high, low, close, volume, count };
}
