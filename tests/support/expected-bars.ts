/** Bars and coverage as the contract defines them, computed from the rows that a list returns. */

/** A row of `GET /v1/market-data?includeDeleted=true`. */
export interface ListedRow {
  readonly id: number;
  readonly timestamp: string;
  readonly price: number | null;
  readonly volume: number | null;
  readonly sequence: number | null;
  readonly deletedAt: string | null;
}

const DAY_MS = 86_400_000;
const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(9)));

/** Bars of prices, for intervals that begin at multiples of their length since 1970. */
export function expectedBars(rows: readonly ListedRow[], intervalMs: number): object[] {
  const live = rows
    .filter(({ price, deletedAt }) => price !== null && deletedAt === null)
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp) || (a.sequence ?? -1) - (b.sequence ?? -1) || a.id - b.id);
  const groups = Map.groupBy(live, ({ timestamp }) => Math.floor(Date.parse(timestamp) / intervalMs) * intervalMs);
  return [...groups].map(([start, group]) => {
    const prices = group.map(({ price }) => price as number);
    const volumes = group.flatMap(({ volume }) => (volume === null ? [] : [volume]));
    const volume = volumes.length === 0 ? null : volumes.reduce((sum, one) => sum + one, 0);
    const turnover = group.reduce((sum, row) => sum + (row.price as number) * (row.volume ?? 0), 0);
    return {
      ...{ start: new Date(start).toISOString().replace('Z', '000Z'), open: prices[0], high: Math.max(...prices) },
      ...{ low: Math.min(...prices), close: prices.at(-1), volume, count: group.length },
      vwap: volume ? rounded(turnover / volume) : null,
    };
  });
}

/** What the API returned, in the form of `expectedBars`. */
export const comparableBars = (bars: readonly Record<string, unknown>[]): object[] =>
  bars.map(({ symbol: _, complete: __, vwap, ...bar }) => ({ ...bar, vwap: rounded(vwap as number | null) }));

/** Coverage by day. */
export function expectedCoverage(rows: readonly ListedRow[]): object[] {
  const days = Map.groupBy(rows, ({ timestamp }) => Math.floor(Date.parse(timestamp) / DAY_MS) * DAY_MS);
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([start, all]) => {
      const live = all.filter(({ deletedAt }) => deletedAt === null);
      const times = live.map(({ timestamp }) => timestamp).sort();
      return {
        ...{ period: new Date(start).toISOString().slice(0, 10), rows: live.length, deleted: all.length - live.length },
        withSequence: live.filter(({ sequence }) => sequence !== null).length,
        ...{ firstAt: times[0] ?? null, lastAt: times.at(-1) ?? null },
      };
    });
}

/** What the API returned, in the form of `expectedCoverage`. */
export const comparableCoverage = (periods: readonly Record<string, unknown>[]): object[] =>
  periods.map(({ instrumentId: _, symbol: __, ...counts }) => counts);
