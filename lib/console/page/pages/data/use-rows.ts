import { useEffect, useRef, useState } from 'preact/hooks';
import type { Tick } from '../../../../../functions/contract/market-data.ts';
import { readTicks } from '../../api/market-data.ts';
import { ApiError } from '../../api/request.ts';
import type { InstrumentView } from './view.ts';

interface Rows {
  /** Newest first. */
  readonly rows: readonly Tick[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
}

const START: Rows = { rows: [], hasMore: true, isLoading: true, error: undefined };
const PAGE = 1000;

/** The rows of a view, a page at a time. */
export function useRows(view: InstrumentView): Rows & { loadMore: () => void } {
  const [state, setState] = useState(START);
  const reader = useRef<{ more: () => void }>({ more: () => undefined });
  // the key stands for the selection
  useEffect(() => {
    setState(START);
    const control = new AbortController();
    let cursor: string | null = null;
    let rows: readonly Tick[] = [];
    let isBusy = false;
    const more = async () => {
      if (isBusy) return;
      isBusy = true;
      setState((before) => ({ ...before, isLoading: true }));
      try {
        const page = await readTicks(view.selection, { limit: PAGE, cursor }, control.signal);
        rows = [...rows, ...page.data];
        cursor = page.nextCursor;
        setState({ rows, hasMore: cursor !== null, isLoading: false, error: undefined });
      } catch (error) {
        if (control.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(0, { detail: String(error) });
        setState((before) => ({ ...before, isLoading: false, error: known }));
      } finally {
        isBusy = false;
      }
    };
    void more();
    reader.current.more = () => {
      if (cursor !== null) void more();
    };
    return () => control.abort();
  }, [view.key]);
  return { ...state, loadMore: () => reader.current.more() };
}
