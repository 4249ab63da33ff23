import { describe, expect, test } from 'vitest';
import { findGaps } from '../../lib/console/page/pages/data/find-gaps.ts';
import { INTERVALS, startOf } from '../../lib/console/page/pages/data/intervals.ts';
import { makeCandles, mergeCandles } from '../../lib/console/page/pages/data/make-candles.ts';

const tick = (timestamp: string, price: number | null, more: object = {}) => ({
  ...{ timestamp, price, volume: null, openPrice: null, highPrice: null, lowPrice: null },
  ...more,
});
const at = (iso: string) => Date.parse(iso) / 1000;

describe('candles made in the page', () => {
  test('open is the first price, close the last, and the volume is added up', () => {
    expect(
      makeCandles(
        [
          tick('2026-01-31T14:30:00.000001Z', 5, { volume: 1 }),
          tick('2026-01-31T14:30:30Z', 9),
          tick('2026-01-31T14:30:59.999999Z', -2, { volume: 2.5 }),
          tick('2026-01-31T14:31:00Z', 4),
        ],
        '1m',
      ),
    ).toEqual([
      { time: at('2026-01-31T14:30:00Z'), open: 5, high: 9, low: -2, close: -2, volume: 3.5, count: 3 },
      { time: at('2026-01-31T14:31:00Z'), open: 4, high: 4, low: 4, close: 4, volume: null, count: 1 },
    ]);
  });

  test('a row that is a bar brings its own open, high and low; one without a price is not part of a candle', () => {
    const bar = tick('2026-01-31T14:30:00Z', 5, { openPrice: 4, highPrice: 7, lowPrice: 3 });
    expect(makeCandles([bar, tick('2026-01-31T14:30:01Z', null)], '5m')).toMatchObject([
      { open: 4, high: 7, low: 3, close: 5, count: 1 },
    ]);
  });

  test('weeks begin on Monday, every other interval on a whole multiple', () => {
    const thursday = at('2026-01-29T13:47:11Z');
    const starts = INTERVALS.map((interval) => new Date(startOf(thursday, interval) * 1000).toISOString().slice(0, 19));
    expect(starts).toEqual([
      '2026-01-29T13:47:11',
      '2026-01-29T13:47:00',
      '2026-01-29T13:45:00',
      '2026-01-29T13:45:00',
      '2026-01-29T13:30:00',
      '2026-01-29T13:00:00',
      '2026-01-29T12:00:00',
      '2026-01-29T00:00:00',
      '2026-01-26T00:00:00',
    ]);
  });

  test('of two reads of one candle the newer counts', () => {
    const candle = (time: number, close: number) => ({ time, open: 1, high: 9, low: 0, close, volume: null, count: 1 });
    expect(mergeCandles([candle(60, 1), candle(120, 2)], [candle(120, 3), candle(180, 4)])).toEqual([
      candle(60, 1),
      candle(120, 3),
      candle(180, 4),
    ]);
  });
});

describe('gaps', () => {
  test('a weekend is none, a weekday is one, and both together count the weekday only', () => {
    // 2026-01-30 is a Friday
    expect(findGaps(['2026-01-30', '2026-02-02'])).toEqual([]);
    expect(findGaps(['2026-01-30', '2026-02-03', '2026-02-05'])).toEqual([
      { from: '2026-01-31', to: '2026-02-02', weekdays: 1 },
      { from: '2026-02-04', to: '2026-02-04', weekdays: 1 },
    ]);
    expect(findGaps([])).toEqual([]);
  });
});
