import { array, type Row, type Statement } from '../../database/database.ts';
import { type BatchOf, OF_THIS_BATCH } from '../../ledger/sql/batch-ledger.ts';
import type { KeyedRequest } from '../../ledger/sql/keyed-request.ts';

/** The result for a symbol that a batch names and that was not found. */
export interface ReservedInstrument extends Row {
  readonly symbol: string;
  /** Null if an instrument has the symbol already, possibly in another case. */
  readonly id: number | null;
  readonly other_case: string | null;
}

/** Draws an id for each symbol that no instrument has in any case. */
export const reserveInstrumentIds = (symbols: readonly string[]): Statement => ({
  name: 'reserve-instrument-ids',
  text: `
select symbol, id, other_case
  from tick_store.reserve_instrument_ids($1::text[])`,
  values: [array('text', symbols)],
});

/** An instrument with the id that was drawn for it. */
export interface NewInstrument {
  readonly id: number;
  readonly symbol: string;
}

/**
 * Creates instruments in the transaction of their batch: name as the symbol, type `other`, 4 decimals. Creates nothing
 * if the batch's key is taken, because the batch then stores nothing. If another request has created one meanwhile, its
 * id differs and `insertBatch` notices. `assertBatchTaken` then undoes this.
 */
export const createInstruments = (
  batch: Pick<KeyedRequest, 'actor' | 'invocationId' | 'keyScope' | 'idempotencyKey'>,
  instruments: readonly NewInstrument[],
): Statement => ({
  name: 'create-instruments',
  text: `
insert into tick_store.instruments (id, symbol, name, type, changed_by, version)
overriding system value
select n.id, n.symbol, n.symbol, 'other', $5::text, $6::uuid
  from unnest($3::int4[], $4::text[]) as n (id, symbol)
 where not exists (select from tick_store.idempotency_keys where scope = $1::text and key = $2::text)
on conflict do nothing`,
  values: [
    batch.keyScope,
    batch.idempotencyKey,
    array(
      'int4',
      instruments.map(({ id }) => id),
    ),
    array(
      'text',
      instruments.map(({ symbol }) => symbol),
    ),
    batch.actor,
    batch.invocationId,
  ],
});

/** The reason with which `assertBatchTaken` aborts its transaction. */
export const BATCH_NOT_TAKEN = 'batch_not_taken';

/**
 * Aborts the transaction if `insertBatch` has inserted nothing, because the key is taken or an instrument is no longer
 * active. The instruments created for the batch are then rolled back too.
 */
export const assertBatchTaken = (batch: BatchOf): Statement => ({
  name: 'assert-batch-taken',
  text: `
select tick_store.refuse('${BATCH_NOT_TAKEN}', '{}'::json) as refused
 where not exists (select from ${OF_THIS_BATCH})`,
  values: [batch.keyScope, batch.idempotencyKey],
});
