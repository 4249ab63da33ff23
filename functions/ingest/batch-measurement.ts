import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { StoredBatch } from './ingest-batch.ts';

/** What a batch did, for metrics and the log. */
export function batchMeasurement({ batchId, received, counts }: StoredBatch): Measurement {
  return {
    metrics: {
      RowsReceived: received,
      RowsInserted: counts.inserted,
      RowsReplaced: counts.replaced,
      RowsDuplicate: counts.duplicates,
      RowsConflicting: counts.conflicts,
      RowsTombstoned: counts.tombstoned,
      RowsRejected: counts.rejected,
    },
    properties: { batchId },
  };
}
