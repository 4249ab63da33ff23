import { toRanges } from '../ledger/id-ranges.ts';
import { MAX_CHANGE_STATEMENTS, rowsPerStatement } from '../ledger/statement-limits.ts';
import type { RowChange } from './sql/operation-table.ts';

/**
 * Cuts a change of ids into statements, in ascending order, so that all operations lock rows in the same order. A run
 * of consecutive ids becomes one statement by range, whatever its length. Other ids become statements of `batchSize`
 * ids. Other changes stay whole.
 */
export function cutIntoStatements({ change, selector }: RowChange, batchSize: number): RowChange[] {
  if (selector.by !== 'ids') return [{ change, selector }];
  const { ids, among } = selector;
  const size = rowsPerStatement(batchSize, ids.length, MAX_CHANGE_STATEMENTS);
  const parts: RowChange[] = [];
  let scattered: number[] = [];
  const flush = () => {
    if (scattered.length > 0) parts.push({ change, selector: { by: 'ids', ids: scattered, among } });
    scattered = [];
  };
  for (const [first, last] of toRanges(ids)) {
    if (last - first + 1 >= size) {
      flush();
      parts.push({ change, selector: { by: 'range', first, last, among } });
      continue;
    }
    for (let id = first; id <= last; id++) {
      scattered.push(id);
      if (scattered.length === size) flush();
    }
  }
  flush();
  return parts;
}
