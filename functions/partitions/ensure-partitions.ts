import type { CallOptions, Database } from '../database/database.ts';
import { ensurePartitions, type PartitionedTable } from './sql/partitions.ts';

/** The timestamps of a batch's accepted rows, in microseconds since 1970; the first `length` of them. */
export interface BatchTimes {
  readonly length: number;
  readonly timestamps: Float64Array;
}

/** Months a partition spans. */
const MONTHS: Record<PartitionedTable, number> = { market_data: 1, alert_logs: 3 };

/**
 * Ensures, before a batch is written, that its rows have partitions. One call creates all missing ones, and each
 * partition is requested once per execution environment.
 */
export class PartitionKeeper {
  readonly #known = new Set<string>();

  /** Clears the cache, because a partition has been archived. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * @throws DatabaseError, of kind `conflict` if another transaction blocks the creation of a partition: the client
   * then gets a 503 and retries
   */
  async ensure(database: Database, table: PartitionedTable, times: BatchTimes, options: CallOptions): Promise<void> {
    const missing = this.#missing(table, times);
    if (missing.length === 0) return;
    const moments = missing.map((start) => start * 1000);
    await database.run(ensurePartitions(table, moments), options);
    for (const start of missing) this.#known.add(`${table} ${start}`);
  }

  /** Like `ensure`, for the partition of the current time. Nearly every batch has such rows. */
  async ensureCurrent(database: Database, table: PartitionedTable, options: CallOptions): Promise<void> {
    await this.ensure(database, table, { length: 1, timestamps: Float64Array.of(Date.now() * 1000) }, options);
  }

  /** Whether this environment knows that all partitions of the rows exist. */
  knowsAll(table: PartitionedTable, times: BatchTimes): boolean {
    return this.#missing(table, times).length === 0;
  }

  #missing(table: PartitionedTable, times: BatchTimes): number[] {
    return [...partitionStarts(table, times)].filter((start) => !this.#known.has(`${table} ${start}`));
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
