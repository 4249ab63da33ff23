import { MAX_OPERATION_ROWS } from '../contract/operations.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { dryRunText } from '../ledger/sql/operation-text.ts';
import { countOperation, largeChange } from './count-operation.ts';
import type { FoundChanges } from './find-changes.ts';
import { countMismatch, refuseArchived } from './operation-problems.ts';
import { type OperationRequest, type OperationResponse, recordedSelector } from './operation-request.ts';
import { findLaterDeletions, type LaterDeletions } from './sql/later-deletions.ts';
import type { OperationTable, RequestedKind } from './sql/operation-table.ts';
import { type Preview, previewChanges } from './sql/preview-operation.ts';

type CountedRows = Omit<Parameters<typeof dryRunText>[0], 'kind' | 'reason' | 'actor'>;

/**
 * Computes the response of a dry run. It counts rows whatever their number, and lists as many ids as fit into a
 * response.
 * @throws Problem expected_count_mismatch, rows_archived; DatabaseError
 */
export async function previewOperation(
  database: Database,
  kind: RequestedKind,
  table: OperationTable,
  changes: FoundChanges,
  { body, actor, options }: OperationRequest,
): Promise<OperationResponse> {
  const listed = changes.largeBy === null ? await listRows(database, table, changes, body.operationId, options) : null;
  const found = listed ?? (await countOnly(database, table, changes, options));
  await refuseArchived(database, table, recordedSelector(body), found.ids?.notFound ?? [], options);
  const { affected } = found;
  if (body.expectedCount !== undefined && affected !== body.expectedCount) throw countMismatch(affected);
  const { alsoDeletedBy, ...counts } = found;
  const undo = kind === 'restoration' ? { alsoDeletedBy } : {};
  const json = dryRunText({ ...counts, ...undo, kind, reason: body.reason, actor });
  return { json, replayed: false, operationId: null, kind, table, affected, stepwise: false };
}

/** Lists the rows with their ids; null if they are too many to list. */
async function listRows(
  database: Database,
  table: OperationTable,
  { changes, requested }: FoundChanges,
  takenBack: number | undefined,
  options: CallOptions,
): Promise<CountedRows | null> {
  const statement = previewChanges(table, changes, takenBack, requested, MAX_OPERATION_ROWS);
  const [listed] = await database.run<Preview>(statement, options);
  return listed === undefined || listed.requested > MAX_OPERATION_ROWS ? null : withIds(listed);
}

const rangesOf = (json: string) => JSON.parse(json) as [from: number, to: number][];

function withIds({ at, requested, affected, unchanged, not_found: notFound, ...rest }: Preview): CountedRows {
  return {
    ...{ at, requested, affected, unchanged, notFound },
    ids: {
      affected: rangesOf(rest.affected_ids),
      unchanged: rangesOf(rest.unchanged_ids),
      notFound: rangesOf(rest.not_found_ids),
    },
    ...(rest.also_deleted_by === null ? {} : { alsoDeletedBy: JSON.parse(rest.also_deleted_by) as number[] }),
  };
}

/** Counts rows that are too many to list. */
async function countOnly(
  database: Database,
  table: OperationTable,
  { changes, largeBy }: FoundChanges,
  options: CallOptions,
): Promise<CountedRows> {
  const large = largeChange(changes);
  const { at, found, affected } = await countOperation(database, table, large, options);
  const requested = largeBy ?? found;
  const counts = { at, requested, affected, unchanged: requested - affected, notFound: 0 };
  if (large.change !== 'restore' || large.selector.by !== 'operation') return counts;
  const undo = findLaterDeletions(table, large.selector.operationId);
  const [named] = await database.run<LaterDeletions>(undo, options);
  return { ...counts, alsoDeletedBy: JSON.parse(named?.ids ?? '[]') as number[] };
}
