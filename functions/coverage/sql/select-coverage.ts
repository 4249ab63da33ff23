import type { CoveragePeriod } from '../../contract/coverage.ts';
import type { Row, Statement } from '../../database/database.ts';
import { type AsOf, asOfValues, liveAsOf, storedAsOf } from '../../ledger/sql/as-of.ts';
import { ARCHIVED, dayStart, isArchived, isCurrent, STATE, unswept } from '../../rollups/sql/marks.ts';

/** The counts of an instrument's rows in a period. */
export interface CoverageRow extends Row {
  readonly instrument_id: number;
  readonly symbol: string;
  readonly period: string;
  readonly rows: number;
  readonly deleted: number;
  readonly with_sequence: number;
  readonly first_at: string | null;
  readonly last_at: string | null;
}

/** The conditions of a page of coverage. One that is null does not filter. */
export interface CoverageFilter {
  readonly instrumentId: number | null;
  readonly start: string | null;
  readonly end: string | null;
  /** 0 for ticks, else the position of the bars' length in `BAR_LENGTHS`, from 1. */
  readonly barLength: number;
  readonly by: CoveragePeriod;
  /** The last period of the previous page. */
  readonly after: { readonly symbol: string; readonly period: string } | null;
  readonly limit: number;
}

/** The formats of periods. */
const PERIOD_TEXT: Record<CoveragePeriod, string> = { day: 'YYYY-MM-DD', month: 'YYYY-MM' };

/** The condition on the kind of row m. The text must match the partial indexes. $4 is the length of stored bars. */
const kindOf = ({ barLength }: CoverageFilter): string =>
  barLength === 0 ? 'm.bar_length = 0 and $4::int2 = 0' : 'm.bar_length > 0 and m.bar_length = $4::int2';

/** The condition for rows after the last period of the previous page, $5 and $6. */
const AFTER = `($5::text is null or (i.symbol collate "C", period collate "C") > ($5::text, $6::text))`;

/** The counts of rows m, where `live` says whether a row is live or deleted. */
const counts = (
  live: string,
): string => `count(*) filter (where ${live}) as rows, count(*) filter (where not ${live}) as deleted,
          count(sequence) filter (where ${live}) as with_sequence,
          min("timestamp") filter (where ${live}) as first_at, max("timestamp") filter (where ${live}) as last_at`;

const periodOf = ({ by }: CoverageFilter, moment: string): string =>
  `to_char(${moment} at time zone 'UTC', '${PERIOD_TEXT[by]}')`;

const values = (filter: CoverageFilter) => [
  filter.instrumentId,
  filter.start,
  filter.end,
  filter.barLength,
  filter.after?.symbol ?? null,
  filter.after?.period ?? null,
  filter.limit,
];

/**
 * The current counts: the kept counts of days that have not changed since, joined with counts of the rows of all other
 * days, and of days that are only partly in the period.
 */
export const selectCoverage = (filter: CoverageFilter): Statement => ({
  name: 'select-coverage',
  text: `
with ${STATE}, ${unswept('($1::int4 is null or t.instrument_id = $1::int4)')}, ${ARCHIVED}, wanted as materialized (
  select id, symbol
    from tick_store.instruments
   where ($1::int4 is null or id = $1::int4) and ($5::text is null or symbol collate "C" >= $5::text)
), touched as materialized (
  select d.instrument_id, d.day, coalesce(${isCurrent('d.counted', 'd')}, false) as is_counted
    from tick_store.rollup_days d
    join wanted w on w.id = d.instrument_id
  union all
  select distinct u.instrument_id, u.day, false
    from unswept u
    join wanted w on w.id = u.instrument_id
   where not exists (select from tick_store.rollup_days d where d.instrument_id = u.instrument_id and d.day = u.day)
), days as materialized (
  select instrument_id, day, greatest(${dayStart('day')}, $2::timestamptz) as first_time,
         least(${dayStart('(day + 1)')} - interval '1 microsecond', $3::timestamptz) as last_time,
         is_counted and ($2::timestamptz is null or ${dayStart('day')} >= $2::timestamptz)
           and ($3::timestamptz is null or ${dayStart('(day + 1)')} - interval '1 microsecond' <= $3::timestamptz) as is_counted
    from touched
   where ($2::timestamptz is null or ${dayStart('(day + 1)')} > $2::timestamptz)
     and ($3::timestamptz is null or ${dayStart('day')} <= $3::timestamptz)
     and not ${isArchived('day')}
), counted as (
  select c.instrument_id, c.day, c.rows, c.deleted, c.with_sequence, c.first_at, c.last_at
    from days
    join tick_store.day_counts c on c.instrument_id = days.instrument_id and c.day = days.day and c.bar_length = $4::int2
   where days.is_counted
  union all
  select days.instrument_id, days.day, m.*
    from days
   cross join lateral (
     select ${counts('m.deleted_at is null')}
       from tick_store.market_data m
      where m.instrument_id = days.instrument_id and ${kindOf(filter)}
        and m."timestamp" >= days.first_time and m."timestamp" <= days.last_time) m
   where not days.is_counted and m.rows + m.deleted > 0
), periods as (
  select instrument_id, ${periodOf(filter, dayStart('day'))} as period, sum(rows)::int8 as rows, sum(deleted)::int8 as deleted,
         sum(with_sequence)::int8 as with_sequence, min(first_at) as first_at, max(last_at) as last_at
    from counted
   group by 1, 2
)
select i.id as instrument_id, i.symbol, period, rows, deleted, with_sequence, first_at, last_at
  from periods
  join wanted i on i.id = periods.instrument_id
 where ${AFTER}
 order by i.symbol collate "C", period collate "C"
 limit $7::int4`,
  values: values(filter),
});

/** The counts as of a number. They are computed from all rows of the period. */
export const selectCoverageAsOf = (filter: CoverageFilter, asOf: AsOf): Statement => ({
  name: 'select-coverage-as-of',
  text: `
select i.id as instrument_id, i.symbol, period, rows, deleted, with_sequence, first_at, last_at
  from tick_store.instruments i
 cross join lateral (
   select ${periodOf(filter, 'm."timestamp"')} as period,
          ${counts('live')}
     from (select m."timestamp", m.sequence, ${liveAsOf(8)} as live
             from tick_store.market_data m
            where m.instrument_id = i.id and ${kindOf(filter)}
              and m."timestamp" >= coalesce($2::timestamptz, '-infinity') and m."timestamp" <= coalesce($3::timestamptz, 'infinity')
              and ${storedAsOf(8)}) m
    group by 1) counted
 where ($1::int4 is null or i.id = $1::int4) and ${AFTER}
 order by i.symbol collate "C", period collate "C"
 limit $7::int4`,
  values: [...values(filter), ...asOfValues(asOf)],
});
