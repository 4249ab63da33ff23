import type { AsOfMoment } from '../contract/as-of.ts';
import { operationRunning, Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import {
  type ArchivedPartitionRow,
  type AsOf,
  findArchivedIn,
  findBatchMoment,
  findOperationMoment,
  findRunningIn,
  findTimeMoment,
  type RunningOperationRow,
} from './sql/as-of.ts';

/** The period that is read. Either bound may be absent. */
export interface ReadPeriod {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/**
 * Finds the position of a moment among the numbers of batches and operations. Undefined if no moment is named.
 * @throws Problem rows_archived if part of the period is archived; those of `resolveMoment`
 */
export async function resolveAsOf(
  database: Database,
  moment: AsOfMoment | undefined,
  period: ReadPeriod,
  options: CallOptions,
): Promise<AsOf | undefined> {
  if (moment === undefined) return undefined;
  const { start = null, end = null } = period;
  refuseArchived(await database.run<ArchivedPartitionRow>(findArchivedIn(start, end), options));
  return resolveMoment(database, moment, period, options);
}

/** @throws Problem rows_archived if there is one */
export function refuseArchived(archived: readonly ArchivedPartitionRow[]): void {
  if (archived.length === 0) return;
  const partitions = archived.map(({ name }) => name);
  throw new Problem('rows_archived', `restore ${partitions.join(', ')} first, or read a period without them`, {
    members: { partitions },
  });
}

/**
 * Like `resolveAsOf`, for a reader that handles archived partitions itself.
 * @throws Problem batch_not_found, operation_not_found; operation_running if an operation up to that moment has not
 * finished
 */
export async function resolveMoment(
  database: Database,
  moment: AsOfMoment,
  { start, end }: ReadPeriod,
  options: CallOptions,
): Promise<AsOf> {
  const [found] = await database.run<AsOf & Record<string, unknown>>(statementOf(moment), options);
  if (found !== undefined) {
    const asOf = { number: found.number, operationId: found.operationId };
    const [running] = await database.run<RunningOperationRow>(findRunningIn(asOf, start ?? null, end ?? null), options);
    if (running !== undefined) throw operationRunning(running.id);
    return asOf;
  }
  const code = moment.kind === 'batch' ? 'batch_not_found' : 'operation_not_found';
  throw new Problem(
    code,
    `asOf names ${moment.kind === 'batch' ? 'a batch' : 'an operation'} of ticks that does not exist`,
  );
}

function statementOf(moment: AsOfMoment) {
  if (moment.kind === 'time') return findTimeMoment(moment.time);
  return moment.kind === 'batch' ? findBatchMoment(moment.id) : findOperationMoment(moment.id);
}
