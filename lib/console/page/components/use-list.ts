import { useEffect, useRef, useState } from 'preact/hooks';
import type { RowPage } from '../api/market-data.ts';
import { ApiError, get } from '../api/request.ts';

/** The loaded part of a list. */
export interface List<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ApiError | undefined;
  /** Loads the next older page. */
  readonly loadMore: () => void;
}

/** How a list is loaded. */
export interface ListReader<T> {
  /**
   * The items with one more page: the first if the cursor is null. The returned cursor continues the list; null is the
   * end.
   */
  more(
    items: readonly T[],
    cursor: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly T[]; readonly cursor: string | null }>;
  /** The items with those that are new. A list without this function is not polled. */
  refresh?(items: readonly T[], signal: AbortSignal): Promise<readonly T[]>;
}

const NOTHING = { items: [], hasMore: true, isLoading: true, error: undefined };
const FOLLOW_MS = 5000;

/**
 * Reads a list a page at a time, one request at once, and its news every 5 seconds while the page is visible.
 * @param key stands for what is read: another one begins anew
 */
export function useList<T>(key: string, reader: ListReader<T>): List<T> {
  const [state, setState] = useState<Omit<List<T>, 'loadMore'>>(NOTHING);
  const current = useRef<{ loadMore?: () => void }>({});
  useEffect(() => {
    setState(NOTHING);
    const control = new AbortController();
    let items: readonly T[] = [];
    let cursor: string | null = null;
    let isBusy = false;
    let isWanted = false;
    const read = async (work: () => Promise<void>) => {
      isBusy = true;
      try {
        await work();
        setState({ items, hasMore: cursor !== null, isLoading: false, error: undefined });
      } catch (error) {
        if (control.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(0, { detail: String(error) });
        setState((before) => ({ ...before, isLoading: false, error: known }));
      }
      isBusy = false;
      if (isWanted) void more();
    };
    const older = async () => {
      ({ items, cursor } = await reader.more(items, cursor, control.signal));
    };
    const more = () => {
      isWanted = false;
      setState((before) => ({ ...before, isLoading: true }));
      return read(older);
    };
    void more();
    current.current.loadMore = () => {
      if (cursor === null) return;
      // after the request in progress
      if (isBusy) isWanted = true;
      else void more();
    };
    const timer = setInterval(() => {
      const { refresh } = reader;
      if (refresh === undefined || isBusy || document.visibilityState !== 'visible') return;
      void read(async () => {
        if (items.length === 0) await older();
        else items = await refresh(items, control.signal);
      });
    }, FOLLOW_MS);
    return () => {
      clearInterval(timer);
      control.abort();
    };
  }, [key]);
  return { ...state, loadMore: () => current.current.loadMore?.() };
}

/**
 * A list that the API gives page by page, newest first. New items come in at the top; older ones stay.
 * @param urlOf of a page, by its cursor
 * @param keyOf identifies an item
 * @param name of the list: another name begins anew
 */
export function usePages<T>(
  name: string,
  urlOf: (cursor: string | null) => string,
  keyOf: (item: T) => string | number,
): List<T> {
  return useList<T>(name, {
    more: async (items, cursor, signal) => {
      const page = await get<RowPage<T>>(urlOf(cursor), signal);
      return { items: merge(items, page.data, keyOf), cursor: page.nextCursor };
    },
    refresh: async (items, signal) => merge((await get<RowPage<T>>(urlOf(null), signal)).data, items, keyOf),
  });
}

/** Merges two lists: the first list, then items that only the second has. An item of both is kept from the first. */
function merge<T>(first: readonly T[], second: readonly T[], keyOf: (item: T) => string | number): T[] {
  const keys = new Set(first.map(keyOf));
  return [...first, ...second.filter((item) => !keys.has(keyOf(item)))];
}
