import type { BatchTable } from '../batches/table.ts';
import { tickFields } from '../contract/market-data.ts';
import { COPY_TICKS, insertNewTicks, insertTicks, settleTicks } from './sql/ingest.ts';

export const marketDataTable: BatchTable = {
  target: 'market_data',
  fields: tickFields,
  copy: COPY_TICKS,
  insert: insertTicks,
  dedupe: { insert: insertNewTicks, settle: settleTicks },
};
