import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { OperationResponse } from './run-operation.ts';

/** What an operation did, for metrics and the log; a dry run did nothing. */
export function operationMeasurement({ operationId, kind, affected }: OperationResponse): Measurement {
  if (operationId === null) return {};
  const metrics = kind === 'deletion' ? { RowsDeleted: affected } : { RowsRestored: affected };
  return { metrics, properties: { operationId } };
}
