import type { Statement } from '../../functions/database/database.ts';
import type { KeyedRequest } from '../../functions/ledger/sql/keyed-request.ts';
import { applyStep } from '../../functions/operations/sql/apply-step.ts';
import { countRows, cutIntoPartitions, findReach } from '../../functions/operations/sql/count-rows.ts';
import {
  failOperation,
  findRunningOperation,
  insertLargeOperation,
  listRunningOperations,
  type RunningOperation,
} from '../../functions/operations/sql/large-operations.ts';
import { findLaterDeletions, noteLaterDeletions } from '../../functions/operations/sql/later-deletions.ts';
import { CHANGE } from '../../functions/operations/sql/operation-table.ts';
import {
  findSliceEnd,
  findUndoneSteps,
  planSlice,
  planUndoneSteps,
} from '../../functions/operations/sql/plan-operation.ts';

/** So many ids, no two of them consecutive, that they are not looked up one by one. */
const SCATTERED = `{${Array.from({ length: 40 }, (_, n) => `[${2 * n + 1},${2 * n + 2})`).join(',')}}`;

/** The statements of operations in steps. */
export function largeOperationStatements(request: KeyedRequest, day: readonly [string, string]): Statement[] {
  const [start, end] = day;
  const filter = { instrumentId: 1, barLength: 0, start, end };
  const operation = {
    ...request,
    kind: 'deletion',
    table: 'market_data',
    selector: '{}',
    reason: 'why',
    expectedCount: null,
    reach: { from: start, to: end },
  } as const;
  const running: RunningOperation = {
    ...{ id: 1, number: 1, kind: 'deletion', target: 'market_data', selector: { filter }, planned: true },
    ...{ planned_through: null, plan_from: null, planned_steps: 0, next_step: 0, rows_done: 0, affected: 0 },
    ...{ ids: '{[65536,65538)}', min_time: start, max_time: end },
  };
  const slice = { from: start, to: end, isLast: true };
  const steps = { steps: 1, min_time: start, max_time: end, last: true };
  return [
    insertLargeOperation(operation),
    findRunningOperation(1),
    listRunningOperations(),
    failOperation(running, 'why'),
    findSliceEnd(running, filter, start),
    findUndoneSteps(1, 0),
    cutIntoPartitions('market_data', start, end),
    findReach(1),
    noteLaterDeletions({ id: 2, step: 0, undone: 1, target: 'market_data' }),
    findLaterDeletions('market_data', 1),
    ...(['deletion', 'restoration'] as const).flatMap((kind) => [
      countRows(CHANGE[kind], 'market_data', { by: 'filter', ...filter }, slice),
      countRows(CHANGE[kind], 'market_data', { by: 'operation', operationId: 1 }, slice),
      planSlice({ ...running, kind }, filter, slice),
      planUndoneSteps({ ...running, kind }, 2, steps),
      applyStep({ ...running, kind }),
      applyStep({ ...running, kind, ids: SCATTERED }),
    ]),
  ];
}
