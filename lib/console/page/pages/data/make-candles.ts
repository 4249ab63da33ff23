import type { Tick } from '../../../../../functions/contract/market-data.ts';
import { type Interval, startOf } from './intervals.ts';

/** One candle. `time` is where it begins, in seconds since the epoch. */
export interface Candle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  readonly count: number;
}

type PricedTick = Pick<Tick, 'timestamp' | 'price' | 'volume' | 'openPrice' | 'highPrice' | 'lowPrice'>;

/**
 * Candles from rows, for a server that makes none itself. A row that is a bar of its own brings its open, high and low.
 * @param ticks in ascending order
 */
export function makeCandles(ticks: readonly PricedTick[], interval: Interval): Candle[] {
  const candles: Candle[] = [];
  for (const tick of ticks) {
    const close = tick.price;
    if (close === null) continue;
    const time = startOf(Date.parse(tick.timestamp) / 1000, interval);
    const open = tick.openPrice ?? close;
    const high = Math.max(tick.highPrice ?? close, open, close);
    const low = Math.min(tick.lowPrice ?? close, open, close);
    const last = candles.at(-1);
    if (last?.time === time)
      candles[candles.length - 1] = add(last, { time, open, high, low, close, volume: tick.volume, count: 1 });
    else candles.push({ time, open, high, low, close, volume: tick.volume, count: 1 });
  }
  return candles;
}

const add = (a: Candle, b: Candle): Candle => ({
  time: a.time,
  open: a.open,
  high: Math.max(a.high, b.high),
  low: Math.min(a.low, b.low),
  close: b.close,
  volume: a.volume === null && b.volume === null ? null : (a.volume ?? 0) + (b.volume ?? 0),
  count: a.count + b.count,
});

/** Two ascending runs as one; where both have a candle of a time, the newer read counts. */
export function mergeCandles(older: readonly Candle[], newer: readonly Candle[]): Candle[] {
  const byTime = new Map<number, Candle>();
  for (const candle of [...older, ...newer]) byTime.set(candle.time, candle);
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}
