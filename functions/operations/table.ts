/** A table whose rows can be deleted and restored. */
export type OperationTable = 'market_data' | 'alert_logs';

export type OperationKind = 'deletion' | 'restoration';

/** Which rows an operation is asked to change, with symbols already turned into ids. */
export type Selector =
  | { readonly by: 'ids'; readonly ids: readonly number[] }
  | { readonly by: 'batch'; readonly batchId: number }
  | { readonly by: 'filter'; readonly instrumentId: number; readonly start: string; readonly end: string }
  | { readonly by: 'operation'; readonly operationId: number };

/** Whose operation: all that later statements of the transaction need to find its row. */
export interface OperationOf {
  readonly actor: string;
  readonly idempotencyKey: string;
  /** This request's own id: tells a retry of ours from a replay of another request. */
  readonly requestId: string;
}
