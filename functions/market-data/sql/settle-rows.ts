import type { Field } from '../../contract/fields.ts';
import { tickFields } from '../../contract/market-data.ts';
import type { Statement } from '../../database/database.ts';
import type { BatchSettlement, RowColumns } from '../../ingest/batch-table.ts';
import { OF_THIS_BATCH } from '../../ledger/sql/batch-ledger.ts';
import { OUTCOMES_OF_VERDICTS, READ_OUTCOMES, WRITE_RECEIPT } from '../../ledger/sql/settle-receipt.ts';
import { columnList, namedUnnestList } from '../../records/column-lists.ts';

/** The values of a row without its key. Two rows with one key are duplicates if these are equal, else in conflict. */
export const VALUES = tickFields.filter((field: Field) => field.key !== true);

/** The rows of the batch, with `first_id`, from the CTE `batch`. */
export const INPUT = `input as (
  select b.first_id, unnest($12::int4[]) as index, unnest($13::timestamptz[]) as "timestamp", unnest($14::int4[]) as instrument_id,
       ${namedUnnestList(tickFields, 15)}
    from batch b
)`;

/** The placeholder after those of the fields. */
const BAR_LENGTH = `$${15 + tickFields.length}::int2`;

/**
 * The batch of this transaction, if rows were left out or an atomic batch has rejections. Otherwise nothing is left to
 * do.
 */
export const UNSETTLED_BATCH = `batch as materialized (
  select k.number as block, k.number * 65536 as first_id
    from ${OF_THIS_BATCH}
     and ($11::boolean and $7::int4 > 0 or $3::int4 > (
       select count(*) from tick_store.market_data m
        where m.id >= k.number * 65536 and m.id < (k.number + 1) * 65536
          and m."timestamp" >= $4::timestamptz and m."timestamp" <= $5::timestamptz))
)`;

/** A batch that is not stored, to find the outcomes of its rows. It uses the placeholders that only settling needs. */
export const UNSTORED_BATCH = `batch as materialized (
  select null::int8 as block, null::int8 as first_id
   where coalesce($1::text, $2::text, $9::text, $10::text) is not null
     and coalesce($3::int4, $6::int4, $7::int4) is not null and $8::int8multirange is not null and $11::boolean is not null
)`;

/** Stored rows of the batch's sequences, read once per (instrument, timestamp). */
const STORED_TICKS = `stored as materialized (
  select s.*
    from (select instrument_id, "timestamp", min(sequence) as lowest, max(sequence) as highest
            from input
           group by instrument_id, "timestamp") g
   cross join lateral (
     select m.* from tick_store.market_data m
      where m.instrument_id = g.instrument_id and m.bar_length = 0 and m."timestamp" = g."timestamp"
        and m.sequence >= g.lowest and m.sequence <= g.highest
        and m."timestamp" >= $4::timestamptz and m."timestamp" <= $5::timestamptz
     offset 0) s
)`;

/** Stored bars between the batch's first and last one, read once per instrument. */
const STORED_BARS = `stored as materialized (
  select s.*
    from (select instrument_id, min("timestamp") as earliest, max("timestamp") as latest
            from input
           group by instrument_id) g
   cross join lateral (
     select m.* from tick_store.market_data m
      where m.instrument_id = g.instrument_id and m.bar_length = ${BAR_LENGTH} and m.bar_length > 0
        and m."timestamp" >= g.earliest and m."timestamp" <= g.latest
        and m."timestamp" >= $4::timestamptz and m."timestamp" <= $5::timestamptz
     offset 0) s
)`;

/**
 * Compares each row with the stored rows of its key. Its own id means inserted. Otherwise, if no stored row is live it
 * is tombstoned, if a live one has its values it is a duplicate, else it is a conflict. The full join keeps the planner
 * from comparing every row with every other, which once took 20 seconds for 20,000 ticks at one timestamp.
 */
const verdicts = (sameKey: string) => `verdicts as (
  select i.index,
         case when i.index is null or bool_and(s.id is null) or bool_or(s.id = i.first_id + i.index) then null
              when not bool_or(s.deleted_at is null) then 'tombstoned'
              when bool_or(s.deleted_at is null and
                   (${columnList(VALUES, 's')})
                   is not distinct from
                   (${columnList(VALUES, 'i')})) then 'duplicate'
              else 'conflict' end as outcome
    from input i
    full join stored s on s.instrument_id = i.instrument_id and s."timestamp" = i."timestamp"${sameKey}
   group by i.index
)`;

/** The SQL that differs between ticks and bars. */
export interface RowKind {
  readonly name: 'ticks' | 'bars';
  /** The CTE of the stored rows of the batch's keys. */
  readonly stored: string;
  /** Compares the key, except instrument and timestamp, of a stored row s with that of a row i of the batch. */
  readonly sameKey: string;
  /** Whether a stored row m is of the kind. The text must match the partial indexes. */
  readonly isKind: string;
  readonly barLength: string;
  /** Values after those of the fields. */
  readonly values: readonly number[];
}

/** Ticks with a sequence. */
export const TICKS: RowKind = {
  name: 'ticks',
  stored: STORED_TICKS,
  sameKey: ' and s.sequence = i.sequence',
  isKind: 'm.bar_length = 0',
  barLength: '0',
  values: [],
};

/** Bars of a length. */
export const barsOf = (barLength: number): RowKind => ({
  name: 'bars',
  stored: STORED_BARS,
  sameKey: '',
  isKind: `m.bar_length = ${BAR_LENGTH} and m.bar_length > 0`,
  barLength: BAR_LENGTH,
  values: [barLength],
});

/** The placeholders $1 to $11 and those of the rows. */
export const settlementValues = (settlement: BatchSettlement, rows: RowColumns): Statement['values'] => [
  settlement.batch.keyScope,
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
  rows.indexes,
  rows.timestamps,
  rows.instruments,
  ...rows.fields,
];

/**
 * Runs after all inserts, and does nothing if every accepted row was inserted. It is a separate statement, so it sees
 * what other transactions committed while the inserts waited.
 */
export const settleRows = (kind: RowKind, settlement: BatchSettlement, rows: RowColumns): Statement => ({
  name: `settle-${kind.name}`,
  text: `\nwith ${[UNSETTLED_BATCH, INPUT, kind.stored, verdicts(kind.sameKey), OUTCOMES_OF_VERDICTS, WRITE_RECEIPT].join(', ')}`,
  values: [...settlementValues(settlement, rows), ...kind.values],
});

/** The outcomes that rows would have. Read-only. */
export const classifyRows = (kind: RowKind, settlement: BatchSettlement, rows: RowColumns): Statement => ({
  name: `classify-${kind.name}`,
  text: `\nwith ${[UNSTORED_BATCH, INPUT, kind.stored, verdicts(kind.sameKey), OUTCOMES_OF_VERDICTS].join(', ')}${READ_OUTCOMES}`,
  values: [...settlementValues(settlement, rows), ...kind.values],
});
