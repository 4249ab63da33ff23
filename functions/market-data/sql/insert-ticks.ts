import type { Statement } from '../../database/database.ts';
import type { BatchSettlement, RowColumns } from '../../ingest/batch-table.ts';
import type { BatchOf } from '../../ledger/sql/batch-ledger.ts';

/** Columns in the order of `tickFields`. */
const COLUMNS = `id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price, sequence`;

export const COPY_TICKS = `copy tick_store.market_data (${COLUMNS}) from stdin (format binary)`;

/**
 * `unnest` in the SELECT list walks all arrays in step and pads short ones with nulls, so a column without any value is
 * an empty array. Rate beside a pre-encoded binary COPY: docs/schema.md.
 */
const INSERT = `
insert into tick_store.market_data (${COLUMNS})
select b.block * 65536 + unnest($3::int4[]), unnest($4::timestamptz[]), unnest($5::int4[]), unnest($6::float8[]), unnest($7::float8[]),
       unnest($8::float8[]), unnest($9::float8[]), unnest($10::float8[]), unnest($11::float8[]), unnest($12::float8[]),
       unnest($13::float8[]), unnest($14::float8[]), unnest($15::int8[])
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
     and ($24::boolean and $20::int4 > 0 or $16::int4 > (
       select count(*) from tick_store.market_data m
        where m.id >= b.block * 65536 and m.id < (b.block + 1) * 65536
          and m."timestamp" >= $17::timestamptz and m."timestamp" <= $18::timestamptz))
), input as (
  select b.first_id, unnest($3::int4[]) as index, unnest($4::timestamptz[]) as "timestamp", unnest($5::int4[]) as instrument_id,
         unnest($6::float8[]) as price, unnest($7::float8[]) as volume, unnest($8::float8[]) as bid, unnest($9::float8[]) as ask,
         unnest($10::float8[]) as bid_size, unnest($11::float8[]) as ask_size, unnest($12::float8[]) as open_price,
         unnest($13::float8[]) as high_price, unnest($14::float8[]) as low_price, unnest($15::int8[]) as sequence
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
        and m."timestamp" >= $17::timestamptz and m."timestamp" <= $18::timestamptz
     offset 0) s
), skipped as (
  select i.index,
         case when i.index is null or s.id is null or s.id = i.first_id + i.index then null
              when s.deleted_at is not null then 'tombstoned'
              when (s.price, s.volume, s.bid, s.ask, s.bid_size, s.ask_size, s.open_price, s.high_price, s.low_price)
                   is not distinct from
                   (i.price, i.volume, i.bid, i.ask, i.bid_size, i.ask_size, i.open_price, i.high_price, i.low_price) then 'duplicate'
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
         '"received":' || $19::int4 || ',"inserted":' || $16::int4 - o.duplicates - o.conflicts - o.tombstoned
         || ',"duplicates":' || o.duplicates || ',"conflicts":' || o.conflicts || ',"tombstoned":' || o.tombstoned
         || ',"rejected":' || $20::int4 || ',"outcomes":{"inserted":'
         || tick_store.ranges_json($21::int8multirange - o.duplicate_ranges - o.conflict_ranges - o.tombstoned_ranges)
         || ',"duplicates":' || tick_store.ranges_json(o.duplicate_ranges)
         || ',"conflicts":' || tick_store.ranges_json(o.conflict_ranges)
         || ',"tombstoned":' || tick_store.ranges_json(o.tombstoned_ranges)
         || ',"rejected":' || $22::text || '},"rejections":' || $23::text || '}' as body
    from outcomes o
)
update tick_store.ingest_batches b
   set inserted = $16::int4 - r.duplicates - r.conflicts - r.tombstoned,
       duplicates = r.duplicates,
       conflicts = r.conflicts,
       tombstoned = r.tombstoned,
       receipt = case when $24::boolean and r.conflicts + $20::int4 > 0
                      then tick_store.refuse('atomic_rejected', ('{' || r.body)::json)
                      else r.body end
  from batch, receipt r
 where b.block = batch.block`,
  values: [
    ...values(settlement.batch, sequenced),
    settlement.accepted,
    settlement.minTime,
    settlement.maxTime,
    settlement.received,
    settlement.rejected,
    settlement.acceptedRanges,
    settlement.rejectedRanges,
    settlement.rejections,
    settlement.atomic,
  ],
});
