import { tickFields } from '../../contract/market-data.ts';
import type { Statement } from '../../database/database.ts';
import type { BatchSettlement, RowColumns } from '../../ingest/batch-table.ts';
import { type BatchOf, OF_THIS_BATCH } from '../../ledger/sql/batch-ledger.ts';
import { OUTCOMES_OF_VERDICTS, READ_OUTCOMES, WRITE_RECEIPT } from '../../ledger/sql/settle-receipt.ts';
import { columnList, namedUnnestList } from '../../records/column-lists.ts';
import { TICK_COLUMNS, tickValues } from './insert-ticks.ts';
import { INPUT, settlementValues, VALUES } from './settle-rows.ts';

/**
 * Packets: the feed's sequence numbers packets of ticks, so rows with the same key differ by their position in the
 * packet (`occurrence`). Per key and values the store holds as many rows as the one batch that sent most of them.
 */

/**
 * Locks instruments, in 256 groups, until the transaction ends. Otherwise two batches of one packet would number it
 * twice.
 */
const LOCK_SPACE = 1_414_090_053;

/** Waits for other batches of packets of these instruments. */
const lockPackets = (rows: RowColumns): Statement => ({
  name: 'lock-packets',
  text: `
select count(pg_advisory_xact_lock($2::int4, bucket)::text) as locked
  from (select distinct id % 256 as bucket from unnest($1::int4[]) id order by 1) buckets`,
  values: [rows.instruments, LOCK_SPACE],
});

const ROW = (alias: string) => columnList(tickFields, alias);
const SAME_KEY = (a: string, b: string) =>
  `${a}.instrument_id = ${b}.instrument_id and ${a}."timestamp" = ${b}."timestamp" and ${a}.sequence = ${b}.sequence`;
const SAME_VALUES = (a: string, b: string) => `(${columnList(VALUES, a)})
         is not distinct from
         (${columnList(VALUES, b)})`;

/** The rows, numbered among those of the batch with the same key and values. */
const NUMBERED = `numbered as materialized (
  select i.*, row_number() over (partition by instrument_id, "timestamp", sequence,
                                 ${columnList(VALUES)} order by index) as nth
    from input i
)`;

/** Stored rows of the batch's packets, read once per (instrument, timestamp); not those of this batch. */
const stored = (own: string) => `stored as materialized (
  select s.*
    from (select instrument_id, "timestamp", min(sequence) as lowest, max(sequence) as highest
            from input
           where sequence is not null
           group by instrument_id, "timestamp") g
   cross join lateral (
     select m.* from tick_store.market_data m
      where m.instrument_id = g.instrument_id and m.bar_length = 0 and m."timestamp" = g."timestamp"
        and m.sequence >= g.lowest and m.sequence <= g.highest${own}
     offset 0) s
)`;

/** How many rows of each numbered row's key and values are stored, and how many of them are live. */
const COUNTED = `counted as materialized (
  select n.index, count(s.id) as total, count(s.id) filter (where s.deleted_at is null) as live
    from numbered n
    join stored s on ${SAME_KEY('s', 'n')}
     and ${SAME_VALUES('s', 'n')}
   group by n.index
)`;

/** Inserts the rows of which too few copies are stored, each at the next position of its packet. */
const insertNewPackets = (batch: BatchOf, rows: RowColumns): Statement => ({
  name: 'insert-new-packets',
  text: `
with input as (
  select k.number * 65536 as first_id, unnest($3::int4[]) as index, unnest($4::timestamptz[]) as "timestamp", unnest($5::int4[]) as instrument_id,
       ${namedUnnestList(tickFields, 6)}
    from ${OF_THIS_BATCH}
), ${NUMBERED}, ${stored('')}, ${COUNTED}, places as (
  select instrument_id, "timestamp", sequence, max(occurrence) + 1 as next
    from stored
   group by instrument_id, "timestamp", sequence
)
insert into tick_store.market_data (${TICK_COLUMNS}, occurrence)
select n.first_id + n.index, n."timestamp", n.instrument_id,
       ${ROW('n')},
       case when n.sequence is null then 0 else coalesce(p.next, 0) - 1
            + row_number() over (partition by n.instrument_id, n."timestamp", n.sequence order by n.index) end
  from numbered n
  left join counted c on c.index = n.index
  left join places p on ${SAME_KEY('p', 'n')}
 where n.sequence is null or n.nth > coalesce(c.total, 0)`,
  values: tickValues(batch, rows),
});

/** A row that was not inserted is a duplicate if enough equal rows are live, else tombstoned. */
const verdicts = (own: string) => `verdicts as (
  select n.index, case when c.live >= n.nth then 'duplicate' else 'tombstoned' end as outcome
    from numbered n
    join counted c on c.index = n.index
   where n.nth <= c.total${own}
)`;

const BATCH = `batch as materialized (
  select k.number as block, k.number * 65536 as first_id
    from ${OF_THIS_BATCH}
     and $4::timestamptz <= $5::timestamptz
)`;

const NO_BATCH = `batch as materialized (
  select null::int8 as block, null::int8 as first_id
   where coalesce($1::text, $2::text, $9::text, $10::text) is not null and $4::timestamptz <= $5::timestamptz
     and coalesce($3::int4, $6::int4, $7::int4) is not null and $8::int8multirange is not null and $11::boolean is not null
)`;

const NOT_OWN =
  '\n        and not (m.id >= (select first_id from batch) and m.id < (select first_id from batch) + 65536)';

/** The SQL of a batch with `sequenceOf=packet`. */
export const packetRows = {
  insert: (batch: BatchOf, rows: RowColumns): Statement[] => [lockPackets(rows), insertNewPackets(batch, rows)],
  settle: (settlement: BatchSettlement, rows: RowColumns): Statement => ({
    name: 'settle-packets',
    text: `\nwith ${[BATCH, INPUT, NUMBERED, stored(NOT_OWN), COUNTED, verdicts(''), OUTCOMES_OF_VERDICTS, WRITE_RECEIPT].join(', ')}`,
    values: settlementValues(settlement, rows),
  }),
  classify: (settlement: BatchSettlement, rows: RowColumns): Statement => ({
    name: 'classify-packets',
    text: `\nwith ${[NO_BATCH, INPUT, NUMBERED, stored(''), COUNTED, verdicts(''), OUTCOMES_OF_VERDICTS].join(', ')}${READ_OUTCOMES}`,
    values: settlementValues(settlement, rows),
  }),
};
