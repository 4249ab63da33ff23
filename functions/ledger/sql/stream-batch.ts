import { array, type Statement } from '../../database/database.ts';
import type { LedgerEntry } from './batch-ledger.ts';
import type { KeyedRequest } from './keyed-request.ts';

/**
 * The statements for a batch whose rows are sent while the rest of it is read. They are the two halves of
 * `insertBatch`, because the second half needs the whole batch. Both are sent in one transaction, with the rows between
 * them.
 */

/**
 * Takes the key and a block of ids. Returns no row if the key is taken. Waits for a running request with the same key.
 */
export const takeBatchKey = (request: KeyedRequest): Statement => ({
  name: 'take-batch-key',
  text: `
insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
values ($1::text, $2::text, 'batch', $3::bytea, $4::uuid)
on conflict (scope, key) do nothing
returning number as block`,
  values: [request.keyScope, request.idempotencyKey, request.payloadHash, request.invocationId],
});

/**
 * The reason with which `finishBatch` aborts its transaction if an instrument of the batch no longer exists or is no
 * longer active.
 */
export const INSTRUMENTS_CHANGED = 'instruments_changed';

/**
 * Writes the ledger's row, after every row of the batch has been sent. Returns a row of `StoredBlock`.
 * @param block what `takeBatchKey` returned
 */
export const finishBatch = (block: number, entry: LedgerEntry): Statement => ({
  name: 'finish-batch',
  text: `
select block
  from tick_store.finish_batch($1::int8, $2::text, $3::text, $4::text, $5::text, $6::int4, $7::timestamptz, $8::timestamptz,
       $9::text, $10::int4[], $11::int4[]) block`,
  values: [
    block,
    entry.target,
    entry.actor,
    entry.keyScope,
    entry.idempotencyKey,
    entry.received,
    entry.minTime,
    entry.maxTime,
    entry.receipt,
    array('int4', entry.touched.instruments),
    array('int4', entry.touched.days),
  ],
});
