import { barLengthOf } from '../contract/batches.ts';
import { MAX_OPERATION_ROWS, type RestorationRequest } from '../contract/operations.ts';
import { operationRunning, Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { toMultirange, toRanges } from '../ledger/id-ranges.ts';
import { findBatch } from '../ledger/sql/batch-ledger.ts';
import { instrumentIdOf } from '../reference-data/instruments.ts';
import { operationById } from './read-operations.ts';
import {
  CHANGE,
  type OperationKind,
  type OperationTable,
  type RequestedKind,
  type RowChange,
  type Selector,
} from './sql/operation-table.ts';

/** The changes of a request, in the order in which they are made. */
export interface FoundChanges {
  readonly changes: readonly RowChange[];
  /** Multirange of the ids asked for; null if the request names none. */
  readonly requested: string | null;
  /** The number of rows if they are known not to fit into one transaction, else null. */
  readonly largeBy: number | null;
}

/**
 * Finds what a request is to change.
 * @throws Problem for an instrument, a batch or an operation that does not exist, is still running, or is not of a kind
 * that this one can undo or redo
 */
export async function findChanges(
  database: Database,
  kind: RequestedKind,
  table: OperationTable,
  body: RestorationRequest,
  options: CallOptions,
): Promise<FoundChanges> {
  if (body.operationId !== undefined) {
    return changesBack(database, kind, table, body.operationId, options);
  }
  const selector = await selectorOf(database, table, body, options);
  const requested = selector.by === 'ids' ? selector.among : null;
  return { changes: [{ change: CHANGE[kind], selector }], requested, largeBy: null };
}

async function selectorOf(
  database: Database,
  table: OperationTable,
  body: RestorationRequest,
  options: CallOptions,
): Promise<Selector> {
  if (body.ids) {
    const ids = [...new Set(body.ids)].sort((a, b) => a - b);
    return { by: 'ids', ids, among: toMultirange(toRanges(ids)) };
  }
  if (body.filter) {
    const instrumentId = await instrumentIdOf(database, body.filter, options);
    const { start, end, bars } = body.filter;
    return { by: 'filter', instrumentId, barLength: barLengthOf(bars), start, end };
  }
  const batchId = body.batchId as number;
  const [batch] = await database.run(findBatch(table, batchId), options);
  if (batch === undefined) throw new Problem('batch_not_found', 'no batch of these records has this id');
  return { by: 'batch', batchId };
}

/** The kinds of operations that each kind can take back, as an undo or a redo. */
const TAKES_BACK: Readonly<Record<RequestedKind, readonly OperationKind[]>> = {
  deletion: ['restoration'],
  restoration: ['deletion', 'correction'],
};

/** Rows that the other operation made live are deleted first, because only one revision of a key may be live. */
async function changesBack(
  database: Database,
  kind: RequestedKind,
  table: OperationTable,
  operationId: number,
  options: CallOptions,
): Promise<FoundChanges> {
  const found = await operationById(database, table, operationId, options);
  if (!TAKES_BACK[kind].includes(found.kind)) {
    throw kind === 'restoration'
      ? new Problem('not_a_deletion', `this operation is a ${found.kind}: a deletion by its operationId takes it back`)
      : new Problem(
          'not_a_restoration',
          `this operation is a ${found.kind}: a restoration by its operationId takes it back`,
        );
  }
  if (found.status === 'running') throw operationRunning(operationId);
  const selector = { by: 'operation', operationId } as const;
  const changes: RowChange[] = [
    ...(found.restored ? [{ change: 'delete', selector } as const] : []),
    ...(found.deleted ? [{ change: 'restore', selector } as const] : []),
  ];
  return { changes, requested: null, largeBy: found.affected > MAX_OPERATION_ROWS ? found.affected : null };
}
