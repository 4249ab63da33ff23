import type { Operation } from './api.ts';
import type { Client } from './client.ts';
import { pause } from './retry.ts';

/** Options for waiting for an operation. */
export interface WaitOptions {
  /** Called with each poll's result, including the last. */
  readonly onProgress?: ((operation: Operation) => void) | undefined;
  /** The time between two polls. Milliseconds. Default 1,000. */
  readonly everyMs?: number | undefined;
  /** Ends the wait; the operation continues. */
  readonly signal?: AbortSignal | undefined;
}

/** An operation that could not continue. Its changes so far remain. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed';
  readonly operation: Operation;

  constructor(operation: Operation) {
    super(`operation ${operation.operationId} has failed: ${operation.failure}`);
    this.operation = operation;
  }
}

/**
 * Waits until an operation has ended: one of more than 131,072 rows continues after its response, which is a 202.
 * @param operation the response of a deletion or a restoration
 * @returns its final state; the same object at once if it is not running
 * @throws OperationFailed; as `client.call` does; the signal's reason
 */
export async function waitForOperation(
  client: Client,
  collection: 'market-data' | 'alert-logs',
  operation: Operation,
  { onProgress, everyMs = 1_000, signal }: WaitOptions = {},
): Promise<Operation> {
  const read = collection === 'market-data' ? 'getMarketDataOperation' : 'getAlertLogOperation';
  let now = operation;
  while (now.status === 'running' && now.operationId !== null) {
    now = await client.call(read, { path: { id: now.operationId }, signal });
    onProgress?.(now);
    if (now.status === 'running') await pause(everyMs, signal);
  }
  if (now.status === 'failed') throw new OperationFailed(now);
  return now;
}
