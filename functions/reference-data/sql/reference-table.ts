import type { Row, Statement } from '../../database/database.ts';

/** The author of a change of reference data, and the id of the new state. */
export interface ChangeAuthor {
  /** The caller, for the record. */
  readonly actor: string;
  /** The request's own UUID. It identifies the new state, so that our own retry recognises it. */
  readonly version: string;
}

/** A row of reference data as every statement returns it. */
export interface ReferenceRow extends Row {
  /** Identifies the state of the row; the ETag is derived from it. */
  readonly version: string;
}

/**
 * A table of named rows. `Item` is one row to write; null stands for a value that the request does not name. Creating and
 * changing accept any number of items, each name once. They process names in case-insensitive order, so that two requests
 * wait for each other and never deadlock.
 */
export interface ReferenceTable<Item> {
  readonly nameOf: (item: Item) => string;
  /**
   * Creates missing rows from items that have every value. Waits for other transactions that create one of them. Its
   * `on conflict` names no index: otherwise two requests that create one symbol at once would collide on the other unique
   * index, and one would fail. It first looks for existing rows, because an insert that does nothing still uses an id, and
   * ids have 32 bits.
   */
  readonly insert: (items: readonly Item[], change: ChangeAuthor) => Statement;
  /** Locks existing rows. It is a separate statement, so that the next one sees the changes of earlier writers. */
  readonly lock: (names: readonly string[]) => Statement;
  /**
   * Changes existing rows that differ, which are already locked. A null value stays unchanged.
   * @param versions the stored state must be one of these; null for any
   */
  readonly update: (items: readonly Item[], change: ChangeAuthor, versions: readonly string[] | null) => Statement;
  /** One row by its name. */
  readonly find: (name: string) => Statement;
  /**
   * See `OutcomesRow`. Ends the transaction with `tick_store.refuse` if a name is not stored because it exists in another case.
   */
  readonly outcomes: (names: readonly string[], change: ChangeAuthor) => Statement;
}

/** The outcome of each name, in the given order. */
export interface OutcomesRow extends Row {
  /** One letter per name: `c` created, `u` updated, `-` unchanged. */
  readonly outcomes: string;
}
