import { tickFields } from '../contract/market-data.ts';
import type { BatchTable } from '../ingest/batch-table.ts';
import { packetRows } from './sql/insert-packets.ts';
import { COPY_TICKS, insertNewBars, insertNewTicks, insertTicks, storeTicks } from './sql/insert-ticks.ts';
import { classifyBars, classifyTicks, settleBars, settleTicks } from './sql/settle-rows.ts';

/** How batches go into `market_data`. */
export const tickTable: BatchTable = {
  target: 'market_data',
  fields: tickFields,
  copy: COPY_TICKS,
  insert: insertTicks,
  store: storeTicks,
  sequenced: {
    insert: (batch, steps) => Array.from(steps, (rows) => insertNewTicks(batch, rows)),
    settle: settleTicks,
    classify: classifyTicks,
    mayBeNew: true,
  },
  packets: {
    insert: (batch, _steps, all) => packetRows.insert(batch, all()),
    settle: packetRows.settle,
    classify: packetRows.classify,
    mayBeNew: false,
  },
  bars: (barLength) => ({
    insert: (batch, steps) => Array.from(steps, (rows) => insertNewBars(batch, rows, barLength)),
    settle: (settlement, rows) => settleBars(settlement, rows, barLength),
    classify: (settlement, rows) => classifyBars(settlement, rows, barLength),
    mayBeNew: false,
  }),
};
