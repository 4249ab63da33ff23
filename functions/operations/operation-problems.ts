import type { Range } from '../contract/batches.ts';
import { Problem, requestInProgress } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError, isRefused } from '../database/errors.ts';
import { toMultirange } from '../ledger/id-ranges.ts';
import type { OperationTable } from './sql/operation-table.ts';
import { type ArchivedReach, archivedReach } from './sql/preview-operation.ts';

/** The problem if another number of rows would change than the request expects. */
export const countMismatch = (affected: number, cause?: unknown): Problem =>
  new Problem('expected_count_mismatch', `${affected} rows would change; nothing was changed`, {
    members: { affected },
    cause,
  });

const rowsArchived = (partitions: readonly string[], cause?: unknown) =>
  new Problem('rows_archived', `bring back ${partitions.join(', ')} first, or ask for less; nothing was changed`, {
    members: { partitions },
    cause,
  });

/**
 * @param missing the ids asked for and not found
 * @throws Problem rows_archived if the selector reaches into archived partitions
 */
export async function refuseArchived(
  database: Database,
  table: OperationTable,
  selector: object,
  missing: readonly Range[],
  options: CallOptions,
): Promise<void> {
  const statement = archivedReach(table, selector, toMultirange(missing));
  const [reach] = await database.run<ArchivedReach>(statement, options);
  if (reach?.partitions) throw rowsArchived(reach.partitions);
}

/** Why the transaction of an operation was aborted on purpose. */
interface OperationRefusal {
  readonly affected?: number;
  readonly partitions?: readonly string[];
  /** The number of rows found, if they are too many for one transaction. */
  readonly requested?: number;
}

/** Reads the refusal from an error; undefined for any other error. */
export function refusalOf(error: unknown): OperationRefusal | undefined {
  if (!isRefused(error)) return undefined;
  return JSON.parse(error.fields.detail ?? '{}') as OperationRefusal;
}

/** Translates a database error for the client of a deletion or restoration. */
export function explainOperationError(error: unknown): unknown {
  const { partitions, affected } = refusalOf(error) ?? {};
  if (partitions) return rowsArchived(partitions, error);
  if (affected !== undefined) return countMismatch(affected, error);
  const { code, statement } = error instanceof DatabaseError ? error.fields : {};
  if (code === '55P03' && /^(insert-|wait-for-key$)/.test(statement ?? '')) return requestInProgress(error);
  return error;
}
