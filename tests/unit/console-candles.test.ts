import { expect, test } from 'vitest';
import { mergeCandles } from '../../lib/console/page/pages/data/candles.ts';
import { findGaps } from '../../lib/console/page/pages/data/find-gaps.ts';
import { INTERVALS, secondsOf } from '../../lib/console/page/pages/data/intervals.ts';

test('of two reads of one candle the newer one is used', () => {
  const candle = (time: number, close: number) => ({ time, open: 1, high: 9, low: 0, close, volume: null, count: 1 });
  expect(mergeCandles([candle(60, 1), candle(120, 2)], [candle(120, 3), candle(180, 4)])).toEqual([
    candle(60, 1),
    candle(120, 3),
    candle(180, 4),
  ]);
});

test('every interval of the API has its length in seconds', () => {
  expect(INTERVALS.map(secondsOf)).toEqual([1, 60, 300, 900, 1800, 3600, 14_400, 86_400, 604_800]);
});

test('a weekend is not a gap, a weekday is one, and of both together only the weekday counts', () => {
  // 2026-01-30 is a Friday
  expect(findGaps(['2026-01-30', '2026-02-02'])).toEqual([]);
  expect(findGaps(['2026-01-30', '2026-02-03', '2026-02-05'])).toEqual([
    { from: '2026-01-31', to: '2026-02-02', weekdays: 1 },
    { from: '2026-02-04', to: '2026-02-04', weekdays: 1 },
  ]);
  expect(findGaps([])).toEqual([]);
});
