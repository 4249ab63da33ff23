import type { BarLength } from '../../functions/contract/batches.ts';
import type { TestService } from './service.ts';

/** Bars by plain SQL, independent of the service's own statements, from the live ticks of an instrument. */

const SECONDS: Partial<Record<BarLength, number>> = {
  ...{ '1s': 1, '1m': 60, '5m': 300, '15m': 900, '30m': 1800, '1h': 3600, '4h': 14_400 },
};

/** The first time, within two hours, at which clocks show a midnight. */
const firstShown = (midnight: string) => `(
  select min(t) from generate_series((${midnight} at time zone $2) - interval '2 hours', ${midnight} at time zone $2, interval '15 minutes') t
   where t at time zone $2 = ${midnight} or t = ${midnight} at time zone $2)`;

function startOf(interval: BarLength): string {
  const midnight = (unit: string) => firstShown(`date_trunc('${unit}', "timestamp" at time zone $2)`);
  if (interval === '1d') return midnight('day');
  if (interval === '1w') return midnight('week');
  const seconds = SECONDS[interval];
  const origin = seconds === 3600 || seconds === 14_400 ? midnight('day') : `to_timestamp(0)`;
  return `${origin} + floor(extract(epoch from "timestamp" - ${origin}) / ${seconds}) * interval '${seconds} s'`;
}

/** The statement; $1 is the symbol, $2 the time zone. Its columns are those of a bar. Times are text in UTC with microseconds. */
export const plainBars = (interval: BarLength): string => `
  select to_char(start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as start,
         (array_agg(price order by "timestamp", sequence nulls first, id))[1] as open, max(price) as high, min(price) as low,
         (array_agg(price order by "timestamp" desc, sequence desc nulls last, id desc))[1] as close,
         sum(volume) as volume, count(*)::int as count, (sum(price * volume) / nullif(sum(volume), 0)) as vwap
    from (select m.*, ${startOf(interval)} as start
            from tick_store.market_data m
            join tick_store.instruments i on i.id = m.instrument_id
           where i.symbol = $1 and $2::text is not null and m.bar_length = 0 and m.deleted_at is null and m.price is not null) m
   group by m.start
   order by m.start`;

/** A bar with sums rounded so that the order of adding doubles does not matter. */
export function comparableBar({ symbol: _, complete: __, ...bar }: Record<string, unknown>): object {
  const { volume, vwap } = bar as { volume: number | null; vwap: number | null };
  const rounded = (value: number | null) => (value === null ? null : Number(value.toPrecision(9)));
  return { ...bar, volume: rounded(volume), vwap: rounded(vwap) };
}

/** All bars of an instrument by plain SQL. */
export async function barsByPlainSql(
  service: TestService,
  symbol: string,
  interval: BarLength,
  timeZone: string,
): Promise<object[]> {
  const rows = await service.sql<Record<string, unknown>>(plainBars(interval), [symbol, timeZone]);
  return rows.map(comparableBar);
}
