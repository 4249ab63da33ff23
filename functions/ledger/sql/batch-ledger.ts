import type { Outcome } from '../../contract/batches.ts';
import { array, type Row, type Statement } from '../../database/database.ts';
import type { KeyedRequest } from './keyed-request.ts';
import { bodySql, bodyText, RECEIPT_SQL, type ReceiptBody } from './receipt-text.ts';

/** A batch as the ledger records it, and the request that made it. */
export interface LedgerEntry extends KeyedRequest {
  readonly target: 'market_data' | 'alert_logs';
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  /** ISO 8601. */
  readonly minTime: string;
  readonly maxTime: string;
  /** 0 for ticks and alert logs, else the position of the bars' length in `BAR_LENGTHS`, from 1. */
  readonly barLength: number;
  /** `bodyText` of the receipt if every accepted row is inserted. */
  readonly receipt: string;
  readonly touched: Touched;
}

/** The distinct (instrument, day) pairs of a batch's accepted rows, as two columns; days since 1970-01-01. */
export interface Touched {
  readonly instruments: Int32Array;
  readonly days: Int32Array;
}

/**
 * How the statements after `insertBatch` find the batch. They also require `xmin = pg_current_xact_id()`, so only the
 * transaction that took the key may add rows to the batch. A replay adds none, nor does our own retry after a lost
 * COMMIT response.
 */
export type BatchOf = Pick<KeyedRequest, 'keyScope' | 'idempotencyKey'>;

/**
 * Follows FROM: the key `k` of the running transaction's batch. Further conditions may follow. $1 and $2 are those of
 * `BatchOf`.
 */
export const OF_THIS_BATCH = `tick_store.idempotency_keys k
 where k.scope = $1::text and k.key = $2::text and k.xmin = pg_current_xact_id()::xid`;

/** The arguments of `tick_store.take_batch`: the placeholders $1 to $15 of `entryValues`. */
export const ENTRY = `$1::text, $2::text, $3::text, $4::text, $5::bytea, $6::uuid, $7::int4, $8::int4, $9::int4,
       $10::timestamptz, $11::timestamptz, $12::text, $13::int2, $14::int4[], $15::int4[]`;

/** The values of `ENTRY`. */
export const entryValues = (entry: LedgerEntry): Statement['values'] => [
  entry.target,
  entry.actor,
  entry.keyScope,
  entry.idempotencyKey,
  entry.payloadHash,
  entry.invocationId,
  entry.received,
  entry.accepted,
  entry.rejected,
  entry.minTime,
  entry.maxTime,
  entry.receipt,
  entry.barLength,
  array('int4', entry.touched.instruments),
  array('int4', entry.touched.days),
];

/**
 * Takes the key and a block of ids. Returns no row if the key is taken by any kind of request. Also returns none, and
 * leaves the key free, if an instrument of the batch no longer exists or is no longer active. Waits for a running
 * request with the same key. This statement also acts as the foreign key of ticks: deleting an instrument locks the
 * ledger against it.
 */
export const insertBatch = (entry: LedgerEntry): Statement => ({
  name: 'insert-batch',
  text: `
select block
  from tick_store.take_batch(${ENTRY}) block
 where block is not null`,
  values: entryValues(entry),
});

/** A refused batch, which the ledger keeps for a week. */
export type RefusedBatch = KeyedRequest &
  Pick<LedgerEntry, 'target' | 'barLength'> & {
    readonly body: ReceiptBody;
    readonly code: 'all_rejected' | 'atomic_rejected';
  };

/** Records a refused batch. Takes no key, so the client can send the corrected batch with the same key. */
export const insertRefusedBatch = (batch: RefusedBatch): Statement => ({
  name: 'insert-refused-batch',
  text: `
insert into tick_store.ingest_batches
  (status, target, actor, key_scope, idempotency_key, request_id, received, inserted, rejected, receipt, bar_length)
values ('refused', $1::text, $2::text, $3::text, $4::text, $5::uuid, $6::int4, 0, $7::int4, $8::text, $9::int2)
returning block`,
  values: [
    batch.target,
    batch.actor,
    batch.keyScope,
    batch.idempotencyKey,
    batch.invocationId,
    batch.body.received,
    batch.body.rejected,
    bodyText(batch.body, batch.code),
    batch.barLength,
  ],
});

/** The number of a batch's records per outcome. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** What is stored under a key. */
export interface StoredReceipt extends Row, OutcomeCounts {
  /** The batch's id. */
  readonly block: number;
  /** The receipt's JSON text. */
  readonly receipt: string;
  readonly received: number;
  readonly same_payload: boolean;
  /** False if another request made it. */
  readonly ours: boolean;
}

/**
 * The receipt under a key, whichever request wrote it. No row if the key is free.
 * @param rowBytes how long it may be
 */
export const findReceipt = (batch: Omit<KeyedRequest, 'actor'>, rowBytes: number): Statement => ({
  name: 'find-receipt',
  text: `
select coalesce(block, 0) as block,
       coalesce(${RECEIPT_SQL}, '') as receipt,
       coalesce(received, 0) as received, coalesce(inserted, 0) as inserted, coalesce(replaced, 0) as replaced, coalesce(duplicates, 0) as duplicates,
       coalesce(conflicts, 0) as conflicts, coalesce(tombstoned, 0) as tombstoned, coalesce(rejected, 0) as rejected,
       k.kind = 'batch' and k.payload_hash = $3::bytea as same_payload,
       k.request_id = $4::uuid as ours
  from tick_store.idempotency_keys k
  left join tick_store.ingest_batches b on k.kind = 'batch' and b.block = k.number
 where k.scope = $1::text and k.key = $2::text`,
  values: [batch.keyScope, batch.idempotencyKey, batch.payloadHash, batch.invocationId],
  expected: { rows: 1, rowBytes },
});

/** A receipt whose details have expired: only its counts. */
const expiredBody = (replacing: boolean) =>
  bodySql({
    received: 'received',
    counts: {
      inserted: 'inserted',
      ...(replacing ? { replaced: 'replaced' } : {}),
      ...{ duplicates: 'duplicates', conflicts: 'conflicts', tombstoned: 'tombstoned', rejected: 'rejected' },
    },
    ranges: {
      inserted: "'[]'",
      ...(replacing ? { replaced: "'[]'" } : {}),
      ...{ duplicates: "'[]'", conflicts: "'[]'", tombstoned: "'[]'", rejected: "'[]'" },
    },
    rejections: "'[]'",
    ...(replacing ? { operationId: 'operation_id' } : {}),
  });

const EXPIRED_BODY = `case when operation_id is null
            then ${expiredBody(false)}
            else ${expiredBody(true)} end`;

/**
 * The last member of an expired receipt: it marks the details as expired, and has the bounds of the rows' timestamps.
 */
const BOUNDS = `',"expired":' || json_build_object('earliest', ${isoSql('min_time')}, 'latest', ${isoSql('max_time')}) || '}'`;

function isoSql(time: string): string {
  return `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** A batch's receipt by its id; only its counts if the details have expired. */
export const findBatch = (target: LedgerEntry['target'], batchId: number): Statement => ({
  name: 'find-batch',
  text: `
select ${RECEIPT_SQL} as receipt
  from (select block, coalesce(receipt, left(${EXPIRED_BODY}, -1) || ${BOUNDS}) as receipt
          from tick_store.ingest_batches
         where block = $1::int8 and target = $2::text) batch`,
  values: [batchId, target],
});
