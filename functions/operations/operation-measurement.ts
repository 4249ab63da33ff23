import type { Measurement } from '../metrics/invocation-metrics.ts';
import type { OperationAnswer } from './run-operation.ts';

/** What an operation did, by its answer; a dry run did nothing. */
export function operationMeasurement({ json }: OperationAnswer): Measurement {
  const operation = JSON.parse(json) as { operationId: number | null; kind: string; affected: number };
  if (operation.operationId === null) return {};
  const metric = operation.kind === 'deletion' ? 'RowsDeleted' : 'RowsRestored';
  return { metrics: { [metric]: operation.affected }, properties: { operationId: operation.operationId } };
}
