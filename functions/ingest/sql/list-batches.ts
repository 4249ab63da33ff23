import type { Row, Statement } from '../../database/database.ts';
import { HAS_CLIENT_KEY } from '../../ledger/sql/keyed-request.ts';

/** A batch of the ledger without its receipt. */
export interface BatchRow extends Row {
  readonly block: number;
  readonly status: 'stored' | 'refused';
  readonly created_at: string;
  readonly actor: string;
  readonly idempotency_key: string | null;
  readonly bar_length: number;
  readonly received: number;
  readonly inserted: number;
  readonly replaced: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly tombstoned: number;
  readonly rejected: number;
  readonly min_time: string | null;
  readonly max_time: string | null;
}

export interface BatchListFilter {
  readonly target: 'market_data' | 'alert_logs';
  readonly actor: string | null;
  readonly status: string | null;
  readonly start: string | null;
  readonly end: string | null;
  /** A part of the caller or of the key, in any case. */
  readonly search: string | null;
  /** The last batch of the previous page. */
  readonly before: number | null;
  readonly limit: number;
}

/** Batches, newest first, with the keys that clients chose. */
export const listBatches = (filter: BatchListFilter): Statement => ({
  name: 'list-batches',
  text: `
select block, status, created_at, actor, case when ${HAS_CLIENT_KEY} then idempotency_key end as idempotency_key,
       bar_length::int4 as bar_length, received, inserted, replaced, duplicates, conflicts, tombstoned, rejected, min_time, max_time
  from tick_store.ingest_batches
 where target = $1::text
   and ($2::text is null or actor = $2::text)
   and ($3::text is null or status = $3::text)
   and created_at >= coalesce($4::timestamptz, '-infinity') and created_at <= coalesce($5::timestamptz, 'infinity')
   and block < coalesce($6::int8, 9223372036854775807)
   and ($8::text is null or strpos(lower(actor), lower($8::text)) > 0
        or ${HAS_CLIENT_KEY} and strpos(lower(idempotency_key), lower($8::text)) > 0)
 order by block desc
 limit $7::int4`,
  values: [
    ...[filter.target, filter.actor, filter.status, filter.start, filter.end, filter.before, filter.limit],
    filter.search,
  ],
  expected: { rows: filter.limit, rowBytes: 600 },
});
