import type { Range } from '../contract/batches.ts';
import { Problem, requestInProgress } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError, isRefused } from '../database/errors.ts';
import { toMultirange } from '../ledger/id-ranges.ts';
import type { OperationTable } from './sql/operation-table.ts';
import { type ArchivedReach, archivedReach } from './sql/preview-operation.ts';

/** Another number of rows would change than the request expects. */
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
 * @throws Problem rows_archived where the selector reaches into archived partitions
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

/** Why the transaction of an operation was ended on purpose. */
interface Refusal {
  readonly affected?: number;
  readonly partitions?: readonly string[];
  /** The rows found, where they are too many for one transaction. */
  readonly requested?: number;
}

/** The refusal that an error is; undefined where it is another error. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!isRefused(error)) return undefined;
  return JSON.parse(error.fields.detail ?? '{}') as Refusal;
}

/** What a database error means to someone who deletes or restores. */
export function explainOperationError(error: unknown): unknown {
  const { partitions, affected } = refusalOf(error) ?? {};
  if (partitions) return rowsArchived(partitions, error);
  if (affected !== undefined) return countMismatch(affected, error);
  const { code, statement } = error instanceof DatabaseError ? error.fields : {};
  if (code === '55P03' && statement?.startsWith('insert-')) return requestInProgress(error);
  return error;
}
