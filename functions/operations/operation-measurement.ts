import type { StoredResponse } from '../ledger/stored-response.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';

/** What an operation did, by its answer; a dry run did nothing. */
export function operationMeasurement({ json }: StoredResponse): Measurement {
  const operation = JSON.parse(json) as { operationId: number | null; kind: string; affected: number };
  if (operation.operationId === null) return {};
  const metric = operation.kind === 'deletion' ? 'RowsDeleted' : 'RowsRestored';
  return { metrics: { [metric]: operation.affected }, properties: { operationId: operation.operationId } };
}
