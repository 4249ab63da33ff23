import type { Field } from '../../contract/fields.ts';
import { tickFields } from '../../contract/market-data.ts';
import type { Statement } from '../../database/database.ts';
import type { BatchSettlement, RowColumns } from '../../ingest/batch-table.ts';
import type { BatchOf } from '../../ledger/sql/batch-ledger.ts';
import { bodySql } from '../../ledger/sql/receipt-text.ts';
import { columnList, namedUnnestList, unnestList } from '../../records/column-lists.ts';

const COLUMNS = `id, "timestamp", instrument_id,
       ${columnList(tickFields)}`;
/** What a tick says beside its key: two ticks of one key are duplicates where these are equal, else in conflict. */
const VALUES = tickFields.filter((field: Field) => field.key !== true);

/** COPY of ticks; its columns are those of `RowColumns`, after the id. */
export const COPY_TICKS = `copy tick_store.market_data (${COLUMNS}) from stdin (format binary)`;

/**
 * `unnest` in the SELECT list walks all arrays in step and pads short ones with nulls, so a column without any value is
 * an empty array. Rate beside a pre-encoded binary COPY: docs/schema.md.
 */
const INSERT = `
insert into tick_store.market_data (${COLUMNS})
select b.block * 65536 + unnest($3::int4[]), unnest($4::timestamptz[]), unnest($5::int4[]),
       ${unnestList(tickFields, 6)}
  from tick_store.ingest_batches b
 where b.actor = $1::text and b.idempotency_key = $2::text and b.xmin = pg_current_xact_id()::xid`;

const values = (batch: BatchOf, rows: RowColumns): Statement['values'] => [
  batch.actor,
  batch.idempotencyKey,
  rows.indexes,
  rows.timestamps,
  rows.instruments,
  ...rows.fields,
];

export const insertTicks = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-ticks',
  text: INSERT,
  values: values(batch, rows),
});

export const insertNewTicks = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-new-ticks',
  text: `${INSERT}\non conflict (instrument_id, "timestamp", sequence) do nothing`,
  values: values(batch, rows),
});

/** The receipt of a batch of which rows were left out, from the `outcomes` of `settleTicks`, o. */
const BODY = bodySql({
  received: '$6::int4',
  counts: {
    inserted: '$3::int4 - o.duplicates - o.conflicts - o.tombstoned',
    duplicates: 'o.duplicates',
    conflicts: 'o.conflicts',
    tombstoned: 'o.tombstoned',
    rejected: '$7::int4',
  },
  ranges: {
    inserted:
      'tick_store.ranges_json($8::int8multirange - o.duplicate_ranges - o.conflict_ranges - o.tombstoned_ranges)',
    duplicates: 'tick_store.ranges_json(o.duplicate_ranges)',
    conflicts: 'tick_store.ranges_json(o.conflict_ranges)',
    tombstoned: 'tick_store.ranges_json(o.tombstoned_ranges)',
    rejected: '$9::text',
  },
  rejections: '$10::text',
});

/**
 * Runs after all rows went in, and does nothing where every accepted row was inserted and, of an atomic batch, none was
 * rejected. Else each row with a sequence is held against the stored one: its own id means inserted, a deletion mark
 * tombstoned, equal values duplicate, others conflict. A statement of its own, so that it sees what other transactions
 * committed while the inserts waited.
 * Stored rows are read once for each (instrument, timestamp) of the batch and joined in full, which leaves the planner no
 * way to compare every row with every other: with 20,000 ticks at one timestamp it once did, for 20 seconds.
 * Raises `atomic_rejected` for an atomic batch with a conflict or a rejection, which undoes all of it.
 */
export const settleTicks = (settlement: BatchSettlement, sequenced: RowColumns): Statement => ({
  name: 'settle-ticks',
  text: `
with batch as materialized (
  select b.block, b.block * 65536 as first_id
    from tick_store.ingest_batches b
   where b.actor = $1::text and b.idempotency_key = $2::text and b.xmin = pg_current_xact_id()::xid
     and ($11::boolean and $7::int4 > 0 or $3::int4 > (
       select count(*) from tick_store.market_data m
        where m.id >= b.block * 65536 and m.id < (b.block + 1) * 65536
          and m."timestamp" >= $4::timestamptz and m."timestamp" <= $5::timestamptz))
), input as (
  select b.first_id, unnest($12::int4[]) as index, unnest($13::timestamptz[]) as "timestamp", unnest($14::int4[]) as instrument_id,
       ${namedUnnestList(tickFields, 15)}
    from batch b
), groups as (
  select instrument_id, "timestamp", min(sequence) as lowest, max(sequence) as highest
    from input
   group by instrument_id, "timestamp"
), stored as materialized (
  select s.*
    from groups g
   cross join lateral (
     select m.* from tick_store.market_data m
      where m.instrument_id = g.instrument_id and m."timestamp" = g."timestamp"
        and m.sequence >= g.lowest and m.sequence <= g.highest
        and m."timestamp" >= $4::timestamptz and m."timestamp" <= $5::timestamptz
     offset 0) s
), skipped as (
  select i.index,
         case when i.index is null or s.id is null or s.id = i.first_id + i.index then null
              when s.deleted_at is not null then 'tombstoned'
              when (${columnList(VALUES, 's')})
                   is not distinct from
                   (${columnList(VALUES, 'i')}) then 'duplicate'
              else 'conflict' end as outcome
    from input i
    full join stored s on s.instrument_id = i.instrument_id and s."timestamp" = i."timestamp" and s.sequence = i.sequence
), outcomes as (
  select count(*) filter (where outcome = 'duplicate') as duplicates,
         count(*) filter (where outcome = 'conflict') as conflicts,
         count(*) filter (where outcome = 'tombstoned') as tombstoned,
         coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = 'duplicate'), '{}') as duplicate_ranges,
         coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = 'conflict'), '{}') as conflict_ranges,
         coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = 'tombstoned'), '{}') as tombstoned_ranges
    from skipped
), receipt as (
  select o.*,
         ${BODY} as body
    from outcomes o
)
update tick_store.ingest_batches b
   set inserted = $3::int4 - r.duplicates - r.conflicts - r.tombstoned,
       duplicates = r.duplicates,
       conflicts = r.conflicts,
       tombstoned = r.tombstoned,
       receipt = case when $11::boolean and r.conflicts + $7::int4 > 0
                      then tick_store.refuse('atomic_rejected', ('{' || r.body)::json)
                      else r.body end
  from batch, receipt r
 where b.block = batch.block`,
  values: [
    settlement.batch.actor,
    settlement.batch.idempotencyKey,
    settlement.accepted,
    settlement.minTime,
    settlement.maxTime,
    settlement.received,
    settlement.rejected,
    settlement.acceptedRanges,
    settlement.rejectedRanges,
    settlement.rejections,
    settlement.atomic,
    sequenced.indexes,
    sequenced.timestamps,
    sequenced.instruments,
    ...sequenced.fields,
  ],
});
