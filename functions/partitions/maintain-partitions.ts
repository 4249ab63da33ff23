import type { CallOptions, Database } from '../database/database.ts';
import { type EnsuredPartitions, ensurePartitions, type PartitionedTable } from './sql/partitions.ts';

/** How far ahead partitions are created, in months: two months, and one quarter. */
const AHEAD_MONTHS: Record<PartitionedTable, readonly number[]> = { market_data: [0, 1, 2], alert_logs: [0, 3] };

/**
 * Creates the current partitions and those ahead.
 * @returns the names of the partitions made
 * @throws DatabaseError
 */
export async function maintainPartitions(database: Database, now: Date, options: CallOptions): Promise<string[]> {
  const made: string[] = [];
  for (const table of ['market_data', 'alert_logs'] as const) {
    const moments = AHEAD_MONTHS[table].map(
      (months) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1) * 1000,
    );
    const [partitions] = await database.run<EnsuredPartitions>(ensurePartitions(table, moments), options);
    made.push(...(partitions?.made ?? []));
  }
  return made;
}
