import type { KeyedRequest } from '../../ledger/sql/keyed-request.ts';

/** A table whose rows can be deleted and restored. */
export type OperationTable = 'market_data' | 'alert_logs';

/** What an operation does to its rows. */
export type OperationKind = 'deletion' | 'restoration';

/** Which rows an operation is asked to change, with symbols already turned into ids. */
export type Selector =
  | { readonly by: 'ids'; readonly ids: readonly number[] }
  | { readonly by: 'batch'; readonly batchId: number }
  | {
      readonly by: 'filter';
      readonly instrumentId: number;
      readonly barLength: number;
      readonly start: string;
      readonly end: string;
    }
  | { readonly by: 'operation'; readonly operationId: number };

/**
 * What the statements after `insertOperation` find the operation by. They also ask for `xmin = pg_current_xact_id()`: only
 * the transaction that inserted the operation may change rows for it, so a replay, or our own retry after a COMMIT whose
 * response was lost, changes none.
 */
export type OperationOf = Pick<KeyedRequest, 'keyScope' | 'idempotencyKey'>;
