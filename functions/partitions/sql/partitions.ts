import { array, type Row, type Statement } from '../../database/database.ts';

/** A table with partitions. */
export type PartitionedTable = 'market_data' | 'alert_logs';

/** What `ensurePartitions` did. */
export interface EnsuredPartitions extends Row {
  /** The names of the partitions that this call made. */
  readonly made: readonly string[];
}

/**
 * Makes the partitions that hold these moments, unless they exist.
 * @param moments microseconds since 1970
 */
export const ensurePartitions = (table: PartitionedTable, moments: readonly number[]): Statement => ({
  name: 'ensure-partitions',
  text: 'select to_json(tick_store.ensure_partitions($1::text, $2::timestamptz[])) as made',
  values: [table, array('timestamptz', Float64Array.from(moments))],
});

/** What `archiveOldest` did. */
export interface ArchivedPartition extends Row {
  /** The partition's name if this call archived one, else null. */
  readonly archived: string | null;
}

/** Archives the oldest partition that ended before the last `keepMonths`, if there is one. */
export const archiveOldest = (table: PartitionedTable, keepMonths: number): Statement => ({
  name: 'archive-oldest',
  text: 'select tick_store.archive_oldest($1::text, $2::int4) as archived',
  values: [table, keepMonths],
});
