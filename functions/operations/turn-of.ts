import { batchIdOf } from '../contract/batches.ts';
import { array, type Statement } from '../database/database.ts';
import { takeTurnOfBatches, takeTurnOfInstruments, takeTurnOfOperation } from '../ledger/sql/take-turn.ts';
import type { LargeSelector } from './sql/large-operations.ts';
import type { OperationTable, Selector } from './sql/operation-table.ts';

const batchesOf = (ids: readonly number[]): number[] => [...new Set(ids.map(batchIdOf))];

/** The statement that comes first in a transaction that changes the rows of a selector: it waits for other changes of their instruments. */
export function turnOf(table: OperationTable, selector: Selector): Statement {
  switch (selector.by) {
    case 'ids':
      return takeTurnOfBatches(table, batchesOf(selector.ids));
    case 'range':
      return takeTurnOfBatches(table, batchesOf([selector.first, selector.last]));
    case 'batch':
      return takeTurnOfBatches(table, [selector.batchId]);
    case 'filter':
      return takeTurnOfInstruments(table, array('int4', [selector.instrumentId]));
    case 'operation':
      return takeTurnOfOperation(table, selector.operationId);
  }
}

/** As `turnOf`, for a step of a large operation. */
export const turnOfLarge = (table: OperationTable, selector: LargeSelector): Statement =>
  turnOf(table, 'filter' in selector ? { by: 'filter', ...selector.filter } : { by: 'operation', ...selector });
