import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import type { Environment } from '../runtime/environment.ts';
import type { Logger } from '../runtime/logger.ts';
import { type ArchivedPartition, archiveOldest, type PartitionedTable } from './sql/partitions.ts';

/** Months that stay in each table, at least 12. A table that is not named keeps everything. */
export type Retention = Readonly<Partial<Record<PartitionedTable, number>>>;

const MONTHS_PER_QUARTER = 3;

/** The retention that the environment names. */
export const retentionFrom = ({
  KEEP_TICK_MONTHS: months,
  KEEP_ALERT_LOG_QUARTERS: quarters,
}: Pick<Environment, 'KEEP_TICK_MONTHS' | 'KEEP_ALERT_LOG_QUARTERS'>): Retention => ({
  ...(months === undefined ? {} : { market_data: months }),
  ...(quarters === undefined ? {} : { alert_logs: quarters * MONTHS_PER_QUARTER }),
});

/**
 * Detaching waits up to a second for the table, and everything queues behind it. So there are a few short attempts
 * instead of one long one.
 */
const TRIES = 5;
const PAUSE_MS = 5_000;
/** A run ends this long before its deadline. Milliseconds. */
const MARGIN_MS = 10_000;

/**
 * Moves partitions older than the retention to the schema `tick_store_archive`, oldest first. If a long transaction
 * blocks it, it gives up until the next night, and nothing is lost.
 * @param pause between two attempts; for tests
 * @returns the names of the partitions archived
 * @throws DatabaseError other than a conflict
 */
export async function archivePartitions(
  database: Database,
  kept: Retention,
  options: CallOptions,
  logger: Logger,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<string[]> {
  const archived: string[] = [];
  for (const [table, months] of Object.entries(kept) as [PartitionedTable, number][]) {
    for (let tries = 1; Date.now() + MARGIN_MS < options.deadline; ) {
      try {
        const [row] = await database.run<ArchivedPartition>(archiveOldest(table, months), options);
        if (!row?.archived) break;
        archived.push(row.archived);
        tries = 1;
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.kind !== 'conflict') throw error;
        if (++tries > TRIES) {
          logger.warn('partition not archived: a transaction holds the table', { table, sqlState: error.fields.code });
          break;
        }
        await pause(PAUSE_MS);
      }
    }
  }
  return archived;
}
