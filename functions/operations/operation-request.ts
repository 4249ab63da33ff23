import type { RestorationRequest } from '../contract/operations.ts';
import { idempotencyKeyReused } from '../contract/problem.ts';
import type { CallOptions } from '../database/database.ts';
import type { KeyedRequest } from '../ledger/sql/keyed-request.ts';
import type { StoredResponse } from '../ledger/stored-response.ts';
import type { Logger } from '../runtime/logger.ts';
import type { StoredOperation } from './sql/apply-operation.ts';
import type { OperationTable, RequestedKind } from './sql/operation-table.ts';

/** The request of a deletion or a restoration. Their bodies have the same members. */
export interface OperationRequest extends KeyedRequest {
  readonly body: RestorationRequest;
  readonly options: CallOptions;
  readonly logger: Logger;
}

/** The response of an operation or of a dry run, and what metrics need. */
export interface OperationResponse extends StoredResponse {
  /** Null for a dry run. */
  readonly operationId: number | null;
  readonly kind: RequestedKind;
  readonly table: OperationTable;
  /** Rows that this request has changed; for a replay, those that the first request changed. */
  readonly affected: number;
  /** Whether it runs in steps: the response is a 202. */
  readonly stepwise: boolean;
}

/**
 * The response that is stored under a request's key.
 * @throws Problem idempotency_key_reused
 */
export function responseOf(stored: StoredOperation, kind: RequestedKind, table: OperationTable): OperationResponse {
  if (!stored.same_payload) throw idempotencyKeyReused();
  const { receipt, ours, id, affected, stepwise } = stored;
  return { json: receipt, replayed: !ours, operationId: id, kind, table, affected, stepwise };
}

/** The request's selector as the record keeps it, without ids, which are in the receipt. */
export function recordedSelector({ ids, batchId, operationId, filter }: RestorationRequest): object {
  return ids ? { ids: ids.length } : { batchId, operationId, filter };
}

/** The path at which to follow an operation in steps; undefined for one that ends with its response. */
export const locationOf = ({ stepwise, table, operationId }: OperationResponse): string | undefined =>
  stepwise ? `/v1/${table.replace('_', '-')}/operations/${operationId}` : undefined;
