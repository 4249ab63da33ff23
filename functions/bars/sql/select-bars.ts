import type { BarValue } from '../../contract/bars.ts';
import type { BarLength } from '../../contract/batches.ts';
import type { Order } from '../../contract/page.ts';
import type { Row, Statement } from '../../database/database.ts';
import { type AsOf, asOfValues, rowsAsOf } from '../../ledger/sql/as-of.ts';

/** A bar without its instrument. */
export interface BarRow extends Row {
  readonly start: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  readonly count: number;
  readonly vwap: number | null;
  readonly complete: boolean;
}

/** What bars are computed from. */
export interface BarSource {
  readonly instrumentId: number;
  readonly interval: BarLength;
  readonly of: BarValue;
  readonly timeZone: string;
  /** 0 for ticks, else the length of the stored bars, by its position in `BAR_LENGTHS` from 1. */
  readonly barLength: number;
  /** Whether a midnight occurs twice in the period because clocks are set back. The first one then begins the day. */
  readonly repeatsMidnight?: boolean;
  /** The number that rows are read as of. Default: now. */
  readonly asOf?: AsOf | undefined;
}

/** Intervals of SQL. The length of a day or a week varies when clocks change. */
export const INTERVALS: Record<BarLength, string> = {
  '1s': '1 second',
  '1m': '1 minute',
  '5m': '5 minutes',
  '15m': '15 minutes',
  '30m': '30 minutes',
  '1h': '1 hour',
  '4h': '4 hours',
  '1d': '1 day',
  '1w': '1 week',
};

/** If a midnight occurs twice, Postgres uses the second one. Ticks of the hour between would then be before their bar. */
const firstOf = (midnight: string): string =>
  `case when (${midnight} - interval '1 hour') at time zone $2::text = ${midnight} at time zone $2::text
             then ${midnight} - interval '1 hour' else ${midnight} end`;

/** The start of the bar that contains a time; $2 is the time zone. */
export function startOf(
  { interval, repeatsMidnight = false }: Pick<BarSource, 'interval' | 'repeatsMidnight'>,
  moment: string,
): string {
  const truncated = (unit: string) => {
    const midnight = `date_trunc('${unit}', ${moment}, $2::text)`;
    return repeatsMidnight ? firstOf(midnight) : midnight;
  };
  if (interval === '1d') return truncated('day');
  if (interval === '1w') return truncated('week');
  const origin = interval === '1h' || interval === '4h' ? truncated('day') : `timestamptz '1970-01-01Z'`;
  return `date_bin('${INTERVALS[interval]}', ${moment}, ${origin})`;
}

/** The end of a bar. The last bar of 1h or 4h in a day ends with the day. */
export function endOf(interval: BarLength, start: string): string {
  const length = `interval '${INTERVALS[interval]}'`;
  if (interval === '1d' || interval === '1w')
    return `(${start} at time zone $2::text + ${length}) at time zone $2::text`;
  if (interval !== '1h' && interval !== '4h') return `${start} + ${length}`;
  const midnight = `(date_trunc('day', ${start}, $2::text) at time zone $2::text + interval '1 day') at time zone $2::text`;
  return `least(${start} + ${length}, ${midnight})`;
}

const VALUES: Record<BarValue, string> = { price: 'price', bid: 'bid', ask: 'ask', mid: '(bid + ask) / 2' };

/** Open, high, low and close of a row: those of a stored bar, or four times the value of a tick. */
export const parts = ({ of, barLength }: BarSource) =>
  barLength === 0
    ? { open: 'value', high: 'value', low: 'value', value: VALUES[of] }
    : {
        open: 'coalesce(open_price, value)',
        high: 'coalesce(high_price, greatest(open_price, value))',
        low: 'coalesce(low_price, least(open_price, value))',
        value: 'price',
      };

/** The rows to use. The text must match the partial indexes. $3 is the length of stored bars. */
export const rowsOf = ({ of, barLength, asOf }: BarSource) => `tick_store.market_data m
         where instrument_id = $1::int4
           and ${barLength === 0 ? 'bar_length = 0 and $3::int2 = 0' : 'bar_length > 0 and bar_length = $3::int2'}
           and ${rowsAsOf(asOf, 6)} and ${VALUES[of]} is not null`;

/**
 * Bars that start in [from, until), in order of their start. Rows are read for one more day and interval, so that the last
 * bar is complete even if clocks change.
 */
export function selectBars(source: BarSource, from: string, until: string, order: Order): Statement {
  const { interval } = source;
  const { open, high, low, value } = parts(source);
  const inOrder = '"timestamp", sequence nulls first, id';
  return {
    name: 'select-bars',
    text: `
select start, (array_agg(${open} order by ${inOrder}))[1] as open, max(${high}) as high, min(${low}) as low,
       (array_agg(value order by "timestamp" desc, sequence desc nulls last, id desc))[1] as close,
       sum(volume) as volume, count(*)::int4 as count,
       sum(value * volume) / nullif(sum(volume) filter (where volume is not null), 0) as vwap,
       ${endOf(interval, 'start')} <= now() as complete
  from (select id, "timestamp", sequence, open_price, high_price, low_price, volume, ${value} as value,
               ${startOf(source, '"timestamp"')} as start
          from ${rowsOf(source)}
           and "timestamp" >= $4::timestamptz and "timestamp" < $5::timestamptz + interval '${INTERVALS[interval]}' + interval '1 day') rows
 where start >= $4::timestamptz and start < $5::timestamptz and $2::text is not null
 group by start
 order by start ${order}`,
    values: [source.instrumentId, source.timeZone, source.barLength, from, until, ...asOfValues(source.asOf)],
  };
}

/** The first row from a time on, or the last one before it, with the start of its bar. No row if there is none. */
export function findNextBar(source: BarSource, from: string, until: string, order: Order): Statement {
  const direction = order === 'asc' ? '' : ' desc';
  return {
    name: 'find-next-bar',
    text: `
select ${startOf({ ...source, repeatsMidnight: true }, '"timestamp"')} as start
  from (select "timestamp"
          from ${rowsOf(source)}
           and "timestamp" >= $4::timestamptz and "timestamp" < $5::timestamptz
         order by "timestamp"${direction}
         limit 1) next
 where $2::text is not null`,
    values: [source.instrumentId, source.timeZone, source.barLength, from, until, ...asOfValues(source.asOf)],
  };
}

/**
 * The longest stored length that divides the interval and that occurs in a bar which starts in the period. No row if there
 * is none. The last bar may have rows after the end of the period.
 */
export function findStoredLength(
  { instrumentId, interval, timeZone, asOf }: Pick<BarSource, 'instrumentId' | 'interval' | 'timeZone' | 'asOf'>,
  seconds: number,
  start: string | null,
  end: string | null,
): Statement {
  const first = `coalesce($4::timestamptz, '-infinity')`;
  const last = `coalesce($5::timestamptz, 'infinity')`;
  return {
    name: 'find-stored-length',
    text: `
select l.bar_length::int4 as length
  from tick_store.bar_lengths l
 where l.seconds <= $3::int4 and $3::int4 % l.seconds = 0 and $2::text is not null
   and exists (select from tick_store.market_data m
                where m.instrument_id = $1::int4 and m.bar_length = l.bar_length and m.bar_length > 0 and ${rowsAsOf(asOf, 6)}
                  and m.price is not null
                  and m."timestamp" >= ${first} and m."timestamp" < ${last} + interval '${INTERVALS[interval]}' + interval '1 day'
                  and ${startOf({ interval, repeatsMidnight: true }, 'm."timestamp"')} between ${first} and ${last})
 order by l.seconds desc
 limit 1`,
    values: [instrumentId, timeZone, seconds, start, end, ...asOfValues(asOf)],
  };
}
