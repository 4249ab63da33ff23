import type { Row, Statement } from '../../database/database.ts';

export type PartitionedTable = 'market_data' | 'alert_logs';

export interface EnsuredPartition extends Row {
  /** The partition's name where this call made it, else null. */
  readonly made: string | null;
}

/** Makes the partition for a moment unless it exists. */
export const ensurePartition = (table: PartitionedTable, moment: string): Statement => ({
  name: 'ensure-partition',
  text: 'select tick_store.ensure_partition($1::text, $2::timestamptz) as made',
  values: [table, moment],
});

export interface ArchivedPartition extends Row {
  /** The partition's name where this call archived one, else null. */
  readonly archived: string | null;
}

/** Archives the oldest partition that ended before the last `keepMonths`, if there is one. */
export const archiveOldest = (table: PartitionedTable, keepMonths: number): Statement => ({
  name: 'archive-oldest',
  text: 'select tick_store.archive_oldest($1::text, $2::int4) as archived',
  values: [table, keepMonths],
});

/** A moment in each month or quarter whose rows stand in the default partition. */
export const findStrays = (table: PartitionedTable): Statement => ({
  name: 'find-strays',
  text: 'select moment from tick_store.stray_moments($1::text) as moment order by moment',
  values: [table],
});
