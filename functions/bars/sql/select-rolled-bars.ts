import type { BarLength } from '../../contract/batches.ts';
import type { Order } from '../../contract/page.ts';
import type { Statement } from '../../database/database.ts';
import { ARCHIVED, dayOf, dayStart, isArchived, isCurrent, STATE, unswept } from '../../rollups/sql/marks.ts';
import { type BarSource, endOf, INTERVALS, parts, rowsOf, startOf } from './select-bars.ts';

/** The lengths of the bars in roll-ups. Seconds. */
export const ROLLUP_SECONDS = [60, 900, 1800, 3600, 86_400] as const;
/** One of `ROLLUP_SECONDS`. */
export type RollupSeconds = (typeof ROLLUP_SECONDS)[number];

/** The bar length that equals that of a roll-up. */
const SAME_LENGTH: Readonly<Record<RollupSeconds, BarLength>> = {
  ...{ 60: '1m', 900: '15m', 1800: '30m', 3600: '1h', 86400: '1d' },
};

/**
 * Bars that start in [from, until), in order of their start: those of days whose roll-up is current, joined with those made
 * from the rows of all other times. Same bars as `selectBars`, but for the last digits of sums. `offset 0` lets Postgres
 * find once where the bar of a piece starts, and not again for each condition on it: half the time of a year in a time
 * zone.
 */
export function selectRolledBars(
  source: BarSource,
  seconds: RollupSeconds,
  from: string,
  until: string,
  order: Order,
): Statement {
  const { interval } = source;
  const { open, high, low, value } = parts(source);
  const rows = `(select "timestamp", sequence, id, open_price, high_price, low_price, volume, ${value} as value from ${rowsOf(source)}) m`;
  return {
    name: 'select-rolled-bars',
    text: `
with ${STATE}, ${unswept('t.instrument_id = $1::int4')}, ${ARCHIVED}, read as materialized (
  select tstzrange($4::timestamptz, $5::timestamptz + interval '${INTERVALS[interval]}' + interval '1 day') as period
), current as materialized (
  select b.day, b.parts, b.open, b.high, b.low, b.close, b.volume, b.turnover, b.counts
    from tick_store.rollup_days d
    join tick_store.day_bars b on b.instrument_id = d.instrument_id and b.day = d.day and b.bar_length = $3::int2 and b.of = $6::text and b.seconds = $7::int4
   where d.instrument_id = $1::int4
     and d.day between ${dayOf('$4::timestamptz')} and ${dayOf(`($5::timestamptz + interval '${INTERVALS[interval]}' + interval '1 day')`)}
     and ${isCurrent('b.made', 'd')}
     and not ${isArchived('d.day')}
), rolled as (
  select p.*
    from current c
   cross join lateral (
     select ${startOf(source, 'a.starts')} as start, a.*
       from (select to_timestamp(c.day * 86400::float8 + u.part * $7::int4) as starts, u.*
               from unnest(c.parts, c.open, c.high, c.low, c.close, c.volume, c.turnover, c.counts)
                 as u (part, open, high, low, close, volume, turnover, count) offset 0) a
     offset 0) p
), stale as (
  select lower(r) as starts, upper(r) as ends
    from read, unnest(tstzmultirange(read.period)
           - coalesce((select range_agg(tstzrange(${dayStart('day')}, ${dayStart('(day + 1)')})) from current), '{}')) r
), spot as (
  select s.start, s.first_at as starts, o.value as open, s.high, s.low, c.value as close, s.volume, s.turnover, s.count
    from stale
   cross join lateral (
     select ${startOf(source, '"timestamp"')} as start, count(*) as count, min("timestamp") as first_at, max("timestamp") as last_at,
            max(${high}) as high, min(${low}) as low, sum(volume) as volume, sum(value * volume) as turnover
       from ${rows}
      where "timestamp" >= stale.starts and "timestamp" < stale.ends
      group by 1) s
   cross join lateral (select ${open} as value from ${rows} where "timestamp" = s.first_at order by sequence nulls first, id limit 1) o
   cross join lateral (select value from ${rows} where "timestamp" = s.last_at order by sequence desc nulls last, id desc limit 1) c
), pieces as (
  select start, starts, open, high, low, close, volume, turnover, count::int8 from rolled
  union all
  select start, starts, open, high, low, close, volume, turnover, count from spot
)
select start, ${interval === SAME_LENGTH[seconds] ? 'open, high, low, close, volume, count::int4 as count, turnover / nullif(volume, 0) as vwap' : JOINED},
       ${endOf(interval, 'start')} <= now() as complete
  from pieces
 where start >= $4::timestamptz and start < $5::timestamptz and $2::text is not null${interval === SAME_LENGTH[seconds] ? '' : '\n group by start'}
 order by start ${order}`,
    values: [source.instrumentId, source.timeZone, source.barLength, from, until, source.of, seconds],
  };
}

/** Joins the parts of one bar. */
const JOINED = `(array_agg(open order by starts))[1] as open, max(high) as high, min(low) as low,
       (array_agg(close order by starts desc))[1] as close, sum(volume) as volume, sum(count)::int4 as count,
       sum(turnover) / nullif(sum(volume), 0) as vwap`;
