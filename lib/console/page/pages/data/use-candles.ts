import { useEffect, useRef, useState } from 'preact/hooks';
import type { Selection } from '../../api/market-data.ts';
import { ApiError } from '../../api/request.ts';
import { type Candle, mergeCandles } from './candles.ts';
import { loadCandles } from './load-candles.ts';

import type { InstrumentView } from './view.ts';

interface Candles {
  readonly candles: readonly Candle[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
}

const START: Candles = { candles: [], hasMore: true, isLoading: true, error: undefined };
const FOLLOW_MS = 5000;

/** What follows the last candle, and that one again: a poll must not count a year of ticks each time. */
function sinceLast(selection: Selection, candles: readonly Candle[]): Selection {
  const last = candles.at(-1);
  return last === undefined ? selection : { ...selection, start: new Date(last.time * 1000).toISOString() };
}

/** The candles of a view: the newest first, older ones when asked for, and new ones as they come while no end is set. */
export function useCandles(view: InstrumentView): Candles & { loadMore: () => void } {
  const [state, setState] = useState(START);
  const reader = useRef<{ more: () => void }>({ more: () => undefined });
  // the key stands for the selection
  useEffect(() => {
    setState(START);
    const control = new AbortController();
    let cursor: string | null = null;
    let candles: readonly Candle[] = [];
    let isBusy = false;
    const read = async (from: string | null, isOlder: boolean) => {
      if (isBusy) return;
      isBusy = true;
      if (isOlder) setState((before) => ({ ...before, isLoading: true }));
      try {
        const page = await loadCandles(
          isOlder ? view.selection : sinceLast(view.selection, candles),
          view,
          from,
          control.signal,
        );
        candles = isOlder ? mergeCandles(page.candles, candles) : mergeCandles(candles, page.candles);
        if (isOlder) cursor = page.cursor;
        setState({ candles, hasMore: cursor !== null, isLoading: false, error: undefined });
      } catch (error) {
        if (control.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(0, { detail: String(error) });
        setState((before) => ({ ...before, isLoading: false, error: known }));
      } finally {
        isBusy = false;
      }
    };
    void read(null, true);
    reader.current.more = () => {
      if (cursor !== null) void read(cursor, true);
    };
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && view.selection.end === undefined) void read(null, false);
    }, FOLLOW_MS);
    return () => {
      clearInterval(timer);
      control.abort();
    };
  }, [view.key, view.interval, view.of]);
  return { ...state, loadMore: () => reader.current.more() };
}
