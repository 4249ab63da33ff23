import { formatTimestamp } from '../contract/time.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { type EnsuredPartition, ensurePartition, findStrays, type PartitionedTable } from './sql/partitions.ts';

/** How far ahead partitions are made, in months: the original's two months, and one quarter. */
const AHEAD_MONTHS: Record<PartitionedTable, readonly number[]> = { market_data: [0, 1, 2], alert_logs: [0, 3] };

/**
 * Makes the partitions of now and ahead, and those of rows that fell into a default partition, which moves them there.
 * Each in a transaction of its own, so that what is done stays done.
 * @returns the names of the partitions made
 * @throws DatabaseError
 */
export async function maintainPartitions(database: Database, now: Date, options: CallOptions): Promise<string[]> {
  const made: string[] = [];
  for (const table of ['market_data', 'alert_logs'] as const) {
    const ahead = AHEAD_MONTHS[table].map((months) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
    const strays = await database.run<{ moment: string }>(findStrays(table), options);
    const moments = [...ahead.map((ms) => formatTimestamp(ms * 1000)), ...strays.map((stray) => stray.moment)];
    for (const moment of moments) {
      const [partition] = await database.run<EnsuredPartition>(ensurePartition(table, moment), options);
      if (partition?.made) made.push(partition.made);
    }
  }
  return made;
}
