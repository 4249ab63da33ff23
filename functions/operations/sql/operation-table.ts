import type { KeyedRequest } from '../../ledger/sql/keyed-request.ts';

/** A table whose rows can be deleted and restored. */
export type OperationTable = 'market_data' | 'alert_logs';

/** What an operation is. A correction comes with a batch. */
export type OperationKind = 'deletion' | 'restoration' | 'correction';

/** The kinds of operations that a request can ask for. */
export type RequestedKind = Exclude<OperationKind, 'correction'>;

/** What a statement of an operation does to its rows. The undo of a correction does both. */
export type Change = 'delete' | 'restore';

/** What each kind of operation does, unless it takes back another one. */
export const CHANGE: Readonly<Record<RequestedKind, Change>> = { deletion: 'delete', restoration: 'restore' };

/**
 * Which rows an operation is asked to change, with symbols already turned into ids. By another operation, which an undo or a redo
 * takes back: a `delete` takes the rows that it made live, a `restore` those that it deleted.
 */
export type Selector =
  | {
      readonly by: 'ids';
      readonly ids: readonly number[] /** Multirange of all ids of the request. */;
      readonly among: string;
    }
  /** Consecutive ids of two batches at most, both ends included; `among` as above. */
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

/** What can name more rows than one transaction takes. */
export type LargeSelection = Extract<Selector, { by: 'filter' | 'operation' }>;

/** One of the changes that a request comes to. */
export interface RowChange {
  readonly change: Change;
  readonly selector: Selector;
}

/**
 * What the statements after `insertOperation` find the operation by. They also ask for `xmin = pg_current_xact_id()`: only
 * the transaction that inserted the operation may change rows for it, so a replay, or our own retry after a COMMIT whose
 * response was lost, changes none.
 */
export type OperationOf = Pick<KeyedRequest, 'keyScope' | 'idempotencyKey'>;
