import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { RunResult } from './continue-operation.ts';
import type { OperationResponse } from './operation-request.ts';

/** What an operation did, for metrics and the log. Empty for a dry run. */
export function operationMeasurement({ operationId, kind, affected }: OperationResponse): Measurement {
  if (operationId === null) return {};
  const metrics = kind === 'deletion' ? { RowsDeleted: affected } : { RowsRestored: affected };
  return { metrics, properties: { operationId } };
}

/** What a run of large operations did. It lasts as long as there is work, so its duration says nothing about the service. */
export function runMeasurement({ deleted, restored }: RunResult): Measurement {
  return { metrics: { TotalMs: null, RowsDeleted: deleted, RowsRestored: restored } };
}
