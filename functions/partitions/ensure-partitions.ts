import { formatTimestamp } from '../contract/time.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { ensurePartition, type PartitionedTable } from './sql/partitions.ts';

/** The timestamps of a batch's accepted rows, in microseconds since 1970; the first `length` of them. */
export interface BatchTimes {
  readonly length: number;
  readonly timestamps: Float64Array;
}

/** Months a partition spans. */
const MONTHS: Record<PartitionedTable, number> = { market_data: 1, alert_logs: 3 };

/**
 * Makes sure, before a batch is written, that its rows have partitions. Each is asked for once an execution environment.
 * Where one cannot be had now, because a long transaction holds the table, the rows go into the default partition; the
 * maintenance moves them, and an alarm tells.
 */
export class PartitionKeeper {
  readonly #known = new Set<string>();

  /** Asks anew from now on: a partition that was there has been archived. */
  forget(): void {
    this.#known.clear();
  }

  async ensure(
    database: Database,
    table: PartitionedTable,
    times: BatchTimes,
    options: CallOptions,
    logger: Logger,
  ): Promise<void> {
    for (const start of partitionStarts(table, times)) {
      const name = `${table} ${start}`;
      if (this.#known.has(name)) continue;
      try {
        await database.run(ensurePartition(table, formatTimestamp(start * 1000)), options);
        this.#known.add(name);
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.kind !== 'conflict') throw error;
        logger.warn('partition not made: rows go to the default partition', {
          table,
          start: formatTimestamp(start * 1000),
          sqlState: error.fields.code,
        });
      }
    }
  }
}

/** The starts of the partitions that the rows fall into, as epoch milliseconds. */
function partitionStarts(table: PartitionedTable, times: BatchTimes): Set<number> {
  const starts = new Set<number>();
  let from = Number.POSITIVE_INFINITY;
  let until = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    const ms = (times.timestamps[i] as number) / 1000;
    if (ms >= from && ms < until) continue;
    const date = new Date(ms);
    const months = MONTHS[table];
    const month = date.getUTCMonth() - (date.getUTCMonth() % months);
    from = Date.UTC(date.getUTCFullYear(), month, 1);
    until = Date.UTC(date.getUTCFullYear(), month + months, 1);
    starts.add(from);
  }
  return starts;
}
