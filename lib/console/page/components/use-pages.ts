import { useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../api/market-data.ts';
import { ApiError, get } from '../api/request.ts';

interface Pages<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
}

const FOLLOW_MS = 5000;

/**
 * A list that the API gives page by page, newest first. The first page is read again as time goes by, so that new items come
 * in at the top; older ones stay.
 * @param urlOf of a page, by its cursor
 * @param keyOf identifies an item
 * @param name of the list: another name begins anew
 */
export function usePages<T>(
  name: string,
  urlOf: (cursor: string | null) => string,
  keyOf: (item: T) => string | number,
): Pages<T> & { loadMore: () => void } {
  const [state, setState] = useState<Pages<T>>({ items: [], hasMore: false, isLoading: true, error: undefined });
  const reader = useRef<() => void>(() => undefined);
  useEffect(() => {
    setState({ items: [], hasMore: false, isLoading: true, error: undefined });
    const control = new AbortController();
    let items: readonly T[] = [];
    let cursor: string | null = null;
    const read = async (from: string | null) => {
      try {
        const page = await get<Page<T>>(urlOf(from), control.signal);
        if (from !== null || items.length === 0) cursor = page.nextCursor;
        items = from === null ? merge(page.data, items, keyOf) : merge(items, page.data, keyOf);
        setState({ items, hasMore: cursor !== null, isLoading: false, error: undefined });
      } catch (error) {
        if (control.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(0, { detail: String(error) });
        setState((before) => ({ ...before, isLoading: false, error: known }));
      }
    };
    void read(null);
    reader.current = () => {
      if (cursor !== null) void read(cursor);
    };
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void read(null);
    }, FOLLOW_MS);
    return () => {
      clearInterval(timer);
      control.abort();
    };
  }, [name]);
  return { ...state, loadMore: () => reader.current() };
}

/** The first list, then what only the second has: an item of both is shown as the first has it. */
function merge<T>(first: readonly T[], second: readonly T[], keyOf: (item: T) => string | number): T[] {
  const keys = new Set(first.map(keyOf));
  return [...first, ...second.filter((item) => !keys.has(keyOf(item)))];
}
