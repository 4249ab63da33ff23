import type { Outcome } from '../../contract/batches.ts';
import type { Row, Statement } from '../../database/database.ts';
import { RECEIPT_SQL } from './receipt-text.ts';

/** A batch as the ledger records it, and the request that made it. */
export interface LedgerEntry {
  readonly target: 'market_data' | 'alert_logs';
  readonly actor: string;
  readonly idempotencyKey: string;
  readonly payloadHash: Uint8Array;
  /** This request's own id: tells a retry of ours from a replay of another request. */
  readonly requestId: string;
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  /** ISO 8601. */
  readonly minTime: string;
  readonly maxTime: string;
  /** `bodyText` of the receipt, as it is if every accepted row is inserted. */
  readonly receipt: string;
}

/**
 * What the statements after `insertBatch` find the batch by. They also ask for `xmin = pg_current_xact_id()`: only the
 * transaction that inserted the ledger row may add rows to the batch, so a replay, or our own retry after a COMMIT whose
 * answer was lost, adds none.
 */
export type BatchOf = Pick<LedgerEntry, 'actor' | 'idempotencyKey'>;

/** Claims the key and a block of ids. No row where the key is taken, also by an operation; waits for a running request with the same key. */
export const insertBatch = (entry: LedgerEntry): Statement => ({
  name: 'insert-batch',
  text: `
insert into tick_store.ingest_batches
  (target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected, min_time, max_time, receipt)
select $1::text, $2::text, $3::text, $4::bytea, $5::uuid, $6::int4, $7::int4, $8::int4, $9::timestamptz, $10::timestamptz, $11::text
 where not exists (select from tick_store.operations where actor = $2::text and idempotency_key = $3::text)
on conflict (actor, idempotency_key) do nothing
returning block`,
  values: [
    entry.target,
    entry.actor,
    entry.idempotencyKey,
    entry.payloadHash,
    entry.requestId,
    entry.received,
    entry.accepted,
    entry.rejected,
    entry.minTime,
    entry.maxTime,
    entry.receipt,
  ],
});

/** What became of a batch's records, as counts. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

export interface StoredReceipt extends Row, OutcomeCounts {
  /** The batch's id. */
  readonly block: number;
  /** The receipt's JSON text. */
  readonly receipt: string;
  readonly received: number;
  readonly same_payload: boolean;
  /** False where another request made it. */
  readonly ours: boolean;
}

/**
 * The receipt under a key, whoever wrote it.
 * @param rowBytes how long it may be
 */
export const findReceipt = (
  batch: Pick<LedgerEntry, 'actor' | 'idempotencyKey' | 'requestId' | 'payloadHash'>,
  rowBytes: number,
): Statement => ({
  name: 'find-receipt',
  text: `
select block,
       ${RECEIPT_SQL} as receipt,
       received, inserted, duplicates, conflicts, tombstoned, rejected,
       payload_hash = $3::bytea as same_payload,
       request_id = $4::uuid as ours
  from tick_store.ingest_batches
 where actor = $1::text and idempotency_key = $2::text
union all
select 0, '', 0, 0, 0, 0, 0, 0, false, false
  from tick_store.operations
 where actor = $1::text and idempotency_key = $2::text`,
  values: [batch.actor, batch.idempotencyKey, batch.payloadHash, batch.requestId],
  expected: { rows: 1, rowBytes },
});

/** A batch's receipt by its id. */
export const findBatch = (target: LedgerEntry['target'], batchId: number): Statement => ({
  name: 'find-batch',
  text: `
select ${RECEIPT_SQL} as receipt
  from tick_store.ingest_batches
 where block = $1::int8 and target = $2::text`,
  values: [batchId, target],
});
