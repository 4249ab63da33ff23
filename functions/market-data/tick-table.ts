import { tickFields } from '../contract/market-data.ts';
import type { BatchTable } from '../ingest/batch-table.ts';
import { COPY_TICKS, insertNewTicks, insertTicks, settleTicks } from './sql/insert-ticks.ts';

export const tickTable: BatchTable = {
  target: 'market_data',
  fields: tickFields,
  copy: COPY_TICKS,
  insert: insertTicks,
  dedupe: { insert: insertNewTicks, settle: settleTicks },
};
