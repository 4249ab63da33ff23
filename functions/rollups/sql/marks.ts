/**
 * Which roll-ups a reader may use, in SQL. A roll-up keeps the snapshot in which it was made. It is current if that
 * snapshot includes every change of its day that the reader sees: the last sweep that marked the day, and the ledger
 * rows that no sweep has seen. One statement both checks this and reads the rows, so both see a concurrent writer, or
 * neither does.
 */

/**
 * Whether the snapshot `later` sees everything that `earlier` sees. Inlined `tick_store.sees_all`, because there are
 * many days.
 */
export const seesAll = (
  later: string,
  earlier: string,
): string => `(pg_snapshot_xmin(${later}) >= pg_snapshot_xmax(${earlier})
            or pg_snapshot_xmax(${later}) >= pg_snapshot_xmax(${earlier})
               and not exists (select from pg_snapshot_xip(${later}) x where pg_visible_in_snapshot(x, ${earlier})))`;

/** The CTE `state`: what has been swept, and whether on this server. After a restore from a dump it was another one. */
export const STATE = `state as materialized (
  select swept, after_number, pg_snapshot_xmax(swept) <= pg_snapshot_xmax(pg_current_snapshot()) as is_comparable
    from tick_store.rollup_state
)`;

/**
 * The CTE `unswept (instrument_id, day, xid)`: the days touched by ledger rows that no sweep has seen.
 * @param condition on the touched (instrument, day), t
 */
export const unswept = (condition: string): string => `unswept as materialized (
  select t.instrument_id, t.day, c.xid
    from state
   cross join lateral (
     select b.xid, b.touched_instruments as instruments, b.touched_days as days
       from tick_store.ingest_batches b
      where b.target = 'market_data' and b.xid >= pg_snapshot_xmin(swept) and not pg_visible_in_snapshot(b.xid, swept) and b.block > after_number
      union all
     select r.xid, r.touched_instruments, r.touched_days
       from tick_store.operation_rows r
       join tick_store.operations o on o.id = r.operation_id and o.target = 'market_data'
      where r.xid >= pg_snapshot_xmin(swept) and not pg_visible_in_snapshot(r.xid, swept) and r.operation_id > after_number) c
   cross join lateral unnest(c.instruments, c.days) as t (instrument_id, day)
   where ${condition}
)`;

/**
 * Whether a roll-up is current, given `state` and `unswept`.
 * @param made its snapshot; null is not current
 * @param day the row of rollup_days
 */
export const isCurrent = (made: string, day: string): string => `(select is_comparable from state)
     and ${seesAll(made, `${day}.marked`)}
     and not exists (select from unswept u
                      where u.instrument_id = ${day}.instrument_id and u.day = ${day}.day and not pg_visible_in_snapshot(u.xid, ${made}))`;

/** The start of a day, from its number since 1970-01-01. */
export const dayStart = (day: string): string => `(timestamptz '1970-01-01Z' + ${day} * interval '24 hours')`;

/** The number of the day of a moment. */
export const dayOf = (moment: string): string => `floor(extract(epoch from ${moment}) / 86400)::int4`;

/** The CTE `archived`: days of archived partitions, [first_day, end_day), whose rows no read sees. */
export const ARCHIVED = `archived as materialized (
  select ${dayOf('starts')} as first_day, ${dayOf('ends')} as end_day from tick_store.archived_partitions where parent = 'market_data'
)`;

/** Whether a day is one of those. */
export const isArchived = (day: string): string =>
  `exists (select from archived a where ${day} >= a.first_day and ${day} < a.end_day)`;
