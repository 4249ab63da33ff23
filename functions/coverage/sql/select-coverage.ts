import type { CoveragePeriod } from '../../contract/coverage.ts';
import type { Row, Statement } from '../../database/database.ts';
import { type AsOf, asOfValues, liveAsOf, storedAsOf } from '../../ledger/sql/as-of.ts';

/** What is stored of an instrument in a period. */
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
  /** 0 for ticks, else the place of the bars' length in `BAR_LENGTHS`, from 1. */
  readonly barLength: number;
  readonly by: CoveragePeriod;
  /** The last period of the page before. */
  readonly after: { readonly symbol: string; readonly period: string } | null;
  readonly limit: number;
}

/** How periods are written. */
const PERIOD_TEXT: Record<CoveragePeriod, string> = { day: 'YYYY-MM-DD', month: 'YYYY-MM' };

/** Rows m as they are now. */
const ROWS_NOW = { suffix: '', live: 'm.deleted_at is null', stored: 'true' } as const;
/** As they were at a moment, $8 and $9. */
const ROWS_AS_OF: Readonly<Record<keyof typeof ROWS_NOW, string>> = {
  suffix: '-as-of',
  live: liveAsOf(8),
  stored: storedAsOf(8),
};

/**
 * Counts by instrument and period, from the rows as they were at a moment, or as they are now. Reads every row of the period, so a
 * read without a moment takes the counts that the store keeps.
 */
export function countRows(filter: CoverageFilter, asOf?: AsOf): Statement {
  const rows = asOf === undefined ? ROWS_NOW : ROWS_AS_OF;
  return {
    name: `count-rows${rows.suffix}`,
    text: `
select instrument_id, symbol, period, rows, deleted, with_sequence, first_at, last_at
  from tick_store.instruments i
 cross join lateral (
   select m.instrument_id, to_char(date_trunc('${filter.by}', m."timestamp", 'UTC') at time zone 'UTC', '${PERIOD_TEXT[filter.by]}') as period,
          count(*) filter (where live) as rows, count(*) filter (where not live) as deleted,
          count(sequence) filter (where live) as with_sequence,
          min("timestamp") filter (where live) as first_at, max("timestamp") filter (where live) as last_at
     from (select m.instrument_id, m."timestamp", m.sequence, ${rows.live} as live
             from tick_store.market_data m
            where m.instrument_id = i.id
              and ${filter.barLength === 0 ? 'm.bar_length = 0 and $4::int2 = 0' : 'm.bar_length > 0 and m.bar_length = $4::int2'}
              and m."timestamp" >= coalesce($2::timestamptz, '-infinity') and m."timestamp" <= coalesce($3::timestamptz, 'infinity')
              and ${rows.stored}) m
    group by 1, 2) counted
 where ($1::int4 is null or i.id = $1::int4)
   and ($5::text is null or i.symbol collate "C" >= $5::text and (i.symbol collate "C", period collate "C") > ($5::text, $6::text))
 order by symbol collate "C", period collate "C"
 limit $7::int4`,
    values: [
      filter.instrumentId,
      filter.start,
      filter.end,
      filter.barLength,
      filter.after?.symbol ?? null,
      filter.after?.period ?? null,
      filter.limit,
      ...asOfValues(asOf),
    ],
  };
}
