import type { TickSelection } from '../../api/market-data.ts';
import { type List, useList } from '../../components/use-list.ts';
import { type Candle, mergeCandles } from './candles.ts';
import { loadCandles } from './load-candles.ts';
import type { InstrumentView } from './view.ts';

/** Requests only the last candle and what follows it, because a poll must not aggregate a year of ticks each time. */
function sinceLast(selection: TickSelection, candles: readonly Candle[]): TickSelection {
  const last = candles.at(-1);
  return last === undefined ? selection : { ...selection, start: new Date(last.time * 1000).toISOString() };
}

/**
 * The candles of a view, oldest first. The newest are loaded first, older ones on request, and new ones continuously
 * unless an end is set.
 */
export function useCandles(view: InstrumentView): List<Candle> {
  const { key, selection, interval, of } = view;
  return useList<Candle>(`${key} ${interval} ${of}`, {
    more: async (candles, cursor, signal) => {
      const page = await loadCandles(selection, view, cursor, signal);
      return { items: mergeCandles(page.candles, candles), cursor: page.cursor };
    },
    ...(selection.end === undefined && {
      refresh: async (candles: readonly Candle[], signal: AbortSignal) =>
        mergeCandles(candles, (await loadCandles(sinceLast(selection, candles), view, null, signal)).candles),
    }),
  });
}
