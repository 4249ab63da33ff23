import type { TickStoreProblem } from '../requests/problem.ts';

/** Records that are sent as one batch, under one key. */
export interface Part {
  /** Its `Idempotency-Key`. */
  readonly key: string;
  readonly rows: number;
}

/** A record that the store has rejected, and why. */
export interface RejectedRecord {
  /** As it was handed over, as JSON. */
  readonly record: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Where records are between `add` and the receipt, oldest first: in memory, or in a spool on a disk. A record is in it
 * from the moment that `append` returns until `stored` or `refused` is called with its part.
 */
export interface BatchQueue {
  /** Rows and bytes of the part that is being filled. */
  readonly filling: { readonly rows: number; readonly bytes: number };
  /** Parts that are sealed and not yet done with, and their rows. */
  readonly waiting: { readonly parts: number; readonly rows: number };
  /**
   * Adds lines to the part that is being filled.
   * @param lines NDJSON, with its last line feed
   * @throws where they cannot be kept; then none of them is
   */
  append(lines: string, rows: number): void;
  /** Ends the part that is being filled; `onReady` is called once it can be taken. */
  seal(): void;
  /** The oldest part that can be sent, and is not with anybody. */
  take(): Part | undefined;
  /** Its records as NDJSON. */
  read(part: Part): Promise<string>;
  /** The part could not be sent yet: it goes back to its place. */
  putBack(part: Part): void;
  /** A receipt has come: the part is forgotten. The rejected records are kept, if there is a place to keep them. */
  stored(part: Part, rejected: readonly RejectedRecord[]): Promise<void>;
  /** The store will never take the part: it is put aside for a person, if there is a place to put it. */
  refused(part: Part, problem: TickStoreProblem): Promise<void>;
  close(): Promise<void>;
  /** Set by the sender. */
  onReady: () => void;
}
