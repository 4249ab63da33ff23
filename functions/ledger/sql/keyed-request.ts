import type { Row, Statement } from '../../database/database.ts';

/** A request that changes rows, as far as its key is concerned. */
export interface KeyedRequest {
  /** The caller's whole identity, as API Gateway has authenticated it; for the record. */
  readonly actor: string;
  /** The stable part of the caller's identity, which the key belongs to. */
  readonly keyScope: string;
  /** The client's key, or a generated one, so our own retries are always safe. */
  readonly idempotencyKey: string;
  /**
   * Hash of everything that identifies the payload: method, path, query, media type, unpacked body. Empty if the client
   * chose no key.
   */
  readonly payloadHash: Uint8Array;
  /** This invocation's own id, a UUID: distinguishes a retry of this request from a replay of another one. */
  readonly invocationId: string;
}

/** The parts of a request that the ledger stores. */
export const keyOf = ({ actor, keyScope, idempotencyKey, payloadHash, invocationId }: KeyedRequest): KeyedRequest => ({
  actor,
  keyScope,
  idempotencyKey,
  payloadHash,
  invocationId,
});

/** The key of a request whose client chose none. It contains a space, and a client's key cannot. */
export const generatedKey = (invocationId: string): string => `request ${invocationId}`;

/** Whether a client chose a request's key. */
export const hasClientKey = ({ idempotencyKey, invocationId }: KeyedRequest): boolean =>
  idempotencyKey !== generatedKey(invocationId);

/** Whether a key is taken. */
export interface KeyState extends Row {
  readonly taken: boolean;
}

/**
 * Whether a key is taken. Waits for a running request with the same key. For a request that is refused before it would
 * take its key.
 */
export const waitForKey = (request: Pick<KeyedRequest, 'keyScope' | 'idempotencyKey'>): Statement => ({
  name: 'wait-for-key',
  text: 'select tick_store.wait_for_key($1::text, $2::text) as taken',
  values: [request.keyScope, request.idempotencyKey],
});

/** `hasClientKey` as a condition on a column `idempotency_key`. */
export const HAS_CLIENT_KEY = `idempotency_key not like '% %'`;
