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
 * Makes sure, before a batch is written, that its rows have partitions: all missing ones in one call. Each is asked for once per
 * execution environment.
 */
export class PartitionKeeper {
  readonly #known = new Set<string>();

  /** Asks again from now on: a partition that existed has been archived. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * @throws DatabaseError, of kind `conflict` where another transaction keeps a partition from being made: the client then
   *   gets a 503 and retries
   */
  async ensure(database: Database, table: PartitionedTable, times: BatchTimes, options: CallOptions): Promise<void> {
    const missing = this.#missing(table, times);
    if (missing.length === 0) return;
    const moments = missing.map((start) => start * 1000);
    await database.run(ensurePartitions(table, moments), options);
    for (const start of missing) this.#known.add(`${table} ${start}`);
  }

  /** As `ensure`, of the partition that rows of this moment go into: nearly every batch has such rows. */
  async ensureCurrent(database: Database, table: PartitionedTable, options: CallOptions): Promise<void> {
    await this.ensure(database, table, { length: 1, timestamps: Float64Array.of(Date.now() * 1000) }, options);
  }

  /** Whether all partitions of the rows were there when this environment last asked. */
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
