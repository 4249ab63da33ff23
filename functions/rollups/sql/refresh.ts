import type { Statement } from '../../database/database.ts';

/**
 * Counts the rows of days that have changed, of one instrument or, if it is null, of all. Returns the number of days.
 * @param quietSeconds only days that have not changed for this long
 * @param maxRows only days with about this many rows in total
 */
export const refreshCounts = (
  instrumentId: number | null,
  quietSeconds: number,
  maxDays: number,
  maxRows: number,
): Statement => ({
  name: 'refresh-counts',
  text: `
select tick_store.refresh_counts($1::int4, make_interval(secs => $2::float8), $3::int4, $4::real) as refreshed`,
  values: [instrumentId, quietSeconds, maxDays, maxRows],
});

/** The source of bars: ticks (0) or stored bars of a length, and which value. */
export interface RollupSource {
  readonly instrumentId: number;
  readonly barLength: number;
  readonly of: string;
}

/** Makes the bars of days, numbered from 1970-01-01, that are not up to date. Returns how many. */
export const refreshBars = (
  source: RollupSource,
  firstDay: number,
  lastDay: number,
  budgetSeconds: number,
): Statement => ({
  name: 'refresh-bars',
  text: `
select tick_store.refresh_bars($1::int4, $2::int2, $3::text, $4::int4, $5::int4, make_interval(secs => $6::float8)) as refreshed`,
  values: [source.instrumentId, source.barLength, source.of, firstDay, lastDay, budgetSeconds],
});

/**
 * Makes the bars of days that have changed and then been quiet for this long: bars of tick prices, and all other bars
 * that the day had before. Returns the number of days examined.
 */
export const refreshDueBars = (quietSeconds: number, budgetSeconds: number): Statement => ({
  name: 'refresh-due-bars',
  text: `
select tick_store.refresh_due_bars(make_interval(secs => $1::float8), make_interval(secs => $2::float8)) as refreshed`,
  values: [quietSeconds, budgetSeconds],
});
