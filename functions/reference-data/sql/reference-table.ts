import type { Row, Statement } from '../../database/database.ts';

/** Who changes reference data, and the state that the change makes. */
export interface ChangeAuthor {
  /** The caller, for the record. */
  readonly actor: string;
  /** The request's own id, a UUID: names the new state, so that a retry of our own finds what it has done. */
  readonly version: string;
}

/** A row of reference data as every statement returns it. */
export interface ReferenceRow extends Row {
  /** Names the state of the row: its ETag. */
  readonly version: string;
}

/**
 * A table of what has names. `Item` is one row to write; null stands for a value that the request does not name. Both ways of
 * writing take any number of items, each name once, in the order of the names without regard to case, so that two requests wait
 * for each other and never deadlock.
 */
export interface ReferenceTable<Item> {
  readonly nameOf: (item: Item) => string;
  /**
   * Creates those that do not exist, of items that name every value. Waits for whoever creates one of them. It names no index to conflict
   * with: two that create one symbol at once would then meet on the other unique index, and one of them would fail. It looks first,
   * for an insert that ends in nothing still uses up an id, and they are 32 bits.
   */
  readonly insert: (items: readonly Item[], change: ChangeAuthor) => Statement;
  /** Locks those that exist. A statement of its own: the next one sees what the writers before have left. */
  readonly lock: (names: readonly string[]) => Statement;
  /**
   * Changes those that exist and differ, which are locked; null stays as it is.
   * @param versions of which the stored state must be one, or null for any
   */
  readonly update: (items: readonly Item[], change: ChangeAuthor, versions: readonly string[] | null) => Statement;
  /** One row by its name. */
  readonly find: (name: string) => Statement;
  /** See `OutcomesRow`. Ends the transaction with `tick_store.refuse` where a name is not stored, because it is in another case. */
  readonly outcomes: (names: readonly string[], change: ChangeAuthor) => Statement;
}

/** What became of each name, in the order given. */
export interface OutcomesRow extends Row {
  /** A letter for each name: `c` created, `u` updated, `-` unchanged. */
  readonly outcomes: string;
}
