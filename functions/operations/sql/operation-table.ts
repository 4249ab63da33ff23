import type { KeyedRequest } from '../../ledger/sql/keyed-request.ts';

/** A table whose rows can be deleted and restored. */
export type OperationTable = 'market_data' | 'alert_logs';

/** What an operation is. A correction comes with a batch. */
export type OperationKind = 'deletion' | 'restoration' | 'correction';

/** The kinds of operations that a request can ask for. */
export type RequestedKind = Exclude<OperationKind, 'correction'>;

/** What a statement of an operation does to its rows. The undo of a correction does both. */
export type ChangeVerb = 'delete' | 'restore';

/** What each kind of operation does, unless it takes back another one. */
export const CHANGE: Readonly<Record<RequestedKind, ChangeVerb>> = { deletion: 'delete', restoration: 'restore' };

/**
 * The rows that an operation changes, with symbols already resolved to ids. An undo or a redo selects by the operation
 * that it reverses: a `delete` selects the rows that it made live, a `restore` those that it deleted.
 */
export type Selector =
  | {
      readonly by: 'ids';
      readonly ids: readonly number[] /** Multirange of all ids of the request. */;
      readonly among: string;
    }
  /** Consecutive ids of at most two batches, both ends included; `among` as above. */
  | { readonly by: 'range'; readonly first: number; readonly last: number; readonly among: string }
  | { readonly by: 'batch'; readonly batchId: number }
  | {
      readonly by: 'filter';
      readonly instrumentId: number;
      readonly barLength: number;
      readonly start: string;
      readonly end: string;
    }
  | { readonly by: 'operation'; readonly operationId: number };

/** Selectors that can name more rows than fit into one transaction. */
export type LargeSelection = Extract<Selector, { by: 'filter' | 'operation' }>;

/** One of the changes that a request consists of. */
export interface RowChange {
  readonly change: ChangeVerb;
  readonly selector: Selector;
}

/**
 * How the statements after `insertOperation` find the operation. They also require `xmin = pg_current_xact_id()`, so
 * only the transaction that inserted the operation may change rows for it. A replay changes none, nor does our own
 * retry after a lost COMMIT response.
 */
export type OperationOf = Pick<KeyedRequest, 'keyScope' | 'idempotencyKey'>;
