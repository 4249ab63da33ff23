/** The response of a request that changed rows, as the ledger stores it. */
export interface StoredResponse {
  /** The receipt or the operation, as JSON text: a replay returns it byte for byte. */
  readonly json: string;
  /** Whether an earlier request with the same idempotency key wrote it. */
  readonly replayed: boolean;
}
