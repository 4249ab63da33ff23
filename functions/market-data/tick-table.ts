import { tickFields } from '../contract/market-data.ts';
import type { BatchTable, KeyedRows } from '../ingest/batch-table.ts';
import { packetRows } from './sql/insert-packets.ts';
import { COPY_TICKS, insertNewBars, insertNewTicks, insertTicks, storeTicks } from './sql/insert-ticks.ts';
import { checkCorrection, classifyReplacing, replaceRows } from './sql/replace-rows.ts';
import { barsOf, classifyRows, type RowKind, settleRows, TICKS } from './sql/settle-rows.ts';

/** How batches are stored in `market_data`. */
export const tickTable: BatchTable = {
  target: 'market_data',
  fields: tickFields,
  copy: COPY_TICKS,
  insert: insertTicks,
  store: storeTicks,
  sequenced: {
    insert: (batch, steps) => Array.from(steps, (rows) => insertNewTicks(batch, rows)),
    ...settling(TICKS),
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
    ...settling(barsOf(barLength)),
    mayBeNew: false,
  }),
};

/** The statements that end a batch of rows of a kind. */
function settling(kind: RowKind): Pick<KeyedRows, 'settle' | 'classify' | 'replacing'> {
  return {
    settle: (settlement, rows) => settleRows(kind, settlement, rows),
    classify: (settlement, rows) => classifyRows(kind, settlement, rows),
    replacing: {
      replace: (settlement, rows, correction) => replaceRows(kind, settlement, rows, correction),
      check: checkCorrection,
      classify: (settlement, rows) => classifyReplacing(kind, settlement, rows),
    },
  };
}
