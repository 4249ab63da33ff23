import type { CallOptions, Database } from '../database/database.ts';
import { type CountedPeriod, countRows, cutIntoPartitions, findReach, type RowCounts } from './sql/count-rows.ts';
import type { ChangeVerb, LargeSelection, OperationTable, RowChange } from './sql/operation-table.ts';

/** A change of more rows than fit into one transaction. */
export interface LargeChange {
  readonly change: ChangeVerb;
  readonly selector: LargeSelection;
}

/**
 * The single change of an operation with too many rows for one transaction. Ids, batches and corrections never have so
 * many.
 */
export function largeChange([first, ...others]: readonly RowChange[]): LargeChange {
  const { change, selector } = first ?? {};
  if (others.length > 0 || change === undefined || (selector?.by !== 'filter' && selector?.by !== 'operation'))
    throw new Error('only a filter or an operation has more rows than one transaction takes');
  return { change, selector };
}

/** What an operation would change, as counts. */
export interface OperationCounts {
  /** When it was counted. ISO 8601. */
  readonly at: string;
  readonly found: number;
  readonly affected: number;
}

/** The period that can contain the rows of a selector, or null if it has none. */
export async function reachOf(
  database: Database,
  selector: LargeSelection,
  options: CallOptions,
): Promise<{ from: string; to: string } | null> {
  if (selector.by === 'filter') return { from: selector.start, to: selector.end };
  const [reach] = await database.run<CountedPeriod>(findReach(selector.operationId), options);
  return reach?.from && reach.to ? { from: reach.from, to: reach.to } : null;
}

/**
 * Counts what an operation would change, whatever the size, by one statement per partition.
 * @throws DatabaseError `timeout` if that takes longer than the request may
 */
export async function countOperation(
  database: Database,
  table: OperationTable,
  { change, selector }: LargeChange,
  options: CallOptions,
): Promise<OperationCounts> {
  const reach = await reachOf(database, selector, options);
  const periods =
    reach === null ? [] : await database.run<CountedPeriod>(cutIntoPartitions(table, reach.from, reach.to), options);
  let counts: OperationCounts = { at: new Date().toISOString(), found: 0, affected: 0 };
  for (const period of periods) {
    const [of] = await database.run<RowCounts>(countRows(change, table, selector, period), options);
    if (of !== undefined)
      counts = { at: of.at, found: counts.found + of.found, affected: counts.affected + of.affected };
  }
  return counts;
}
