import type { Tick } from '../../../../../functions/contract/market-data.ts';
import { readTicks } from '../../api/market-data.ts';
import { type List, useList } from '../../components/use-list.ts';
import type { InstrumentView } from './view.ts';

const PAGE = 1000;

/** The rows of a view, newest first, a page at a time. */
export function useRows(view: InstrumentView): List<Tick> {
  return useList<Tick>(view.key, {
    more: async (rows, cursor, signal) => {
      const page = await readTicks(view.selection, { limit: PAGE, cursor }, signal);
      return { items: [...rows, ...page.data], cursor: page.nextCursor };
    },
  });
}
