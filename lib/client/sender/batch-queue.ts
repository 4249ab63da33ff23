import type { TickStoreProblem } from '../requests/problem.ts';

/** Records that are sent as one batch, with one key. */
export interface Part {
  /** Its `Idempotency-Key`. */
  readonly key: string;
  readonly rows: number;
}

/** A record that the store has rejected, with the reason. */
export interface RejectedRecord {
  /** The record as it was added, as JSON. */
  readonly record: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Holds records between `add` and the receipt, oldest first, in memory or in a spool on disk. A record is in it from
 * the return of `append` until `stored` or `refused` is called with its part.
 */
export interface BatchQueue {
  /** Rows and bytes of the part that is being filled. */
  readonly filling: { readonly rows: number; readonly bytes: number };
  /** Sealed parts without an outcome yet, and their rows. */
  readonly waiting: { readonly parts: number; readonly rows: number };
  /**
   * Adds lines to the part that is being filled.
   * @param lines NDJSON, with its last line feed
   * @throws if they cannot be kept; then none of them is
   */
  append(lines: string, rows: number): void;
  /** Ends the part that is being filled. `onReady` is called once it can be taken. */
  seal(): void;
  /** Takes the oldest part that can be sent and has not been taken. */
  take(): Part | undefined;
  /** Its records as NDJSON. */
  read(part: Part): Promise<string>;
  /** Returns a part that could not be sent yet to its place. */
  putBack(part: Part): void;
  /** Removes a part whose receipt has arrived. The rejected records are kept if there is a place for them. */
  stored(part: Part, rejected: readonly RejectedRecord[]): Promise<void>;
  /** Sets aside, for a person, a part that the store will never accept, if there is a place for it. */
  refused(part: Part, problem: TickStoreProblem): Promise<void>;
  close(): Promise<void>;
  /** Set by the sender. */
  onReady: () => void;
}
