import type { Operation } from './api.ts';
import type { Client } from './client.ts';
import { pause } from './retry.ts';

/** How an operation is followed. */
export interface WaitOptions {
  /** Called with each look at it, also the last. */
  readonly onProgress?: ((operation: Operation) => void) | undefined;
  /** Between two looks. Milliseconds. Default 1,000. */
  readonly everyMs?: number | undefined;
  /** Ends the waiting; the operation goes on without it. */
  readonly signal?: AbortSignal | undefined;
}

/** An operation that could not go on. What it had changed stays changed. */
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
 * @returns it as it stands when it is done; the same at once where nothing runs
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
