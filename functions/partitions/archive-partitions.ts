import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import type { Environment } from '../runtime/environment.ts';
import type { Logger } from '../runtime/logger.ts';
import { type ArchivedPartition, archiveOldest, type PartitionedTable } from './sql/partitions.ts';

/** How much stays in each table, in months; a table that is not named keeps everything. At least 12. */
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

/** Detaching waits a second for the table, in which everything stands still: a few short tries, not a long one. */
const TRIES = 5;
const PAUSE_MS = 5_000;
/** A run ends this long before its deadline. Milliseconds. */
const MARGIN_MS = 10_000;

/**
 * Takes partitions older than what is kept out of their tables, oldest first, and keeps them in the schema
 * `tick_store_archive`. Where a long transaction is in the way it gives up for this night: nothing is lost by waiting.
 * @param pause between two tries; for tests
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
