import { type ApiBar, type CoveredPeriod, isRouteMissing, type Page, type Selection } from '../../api/market-data.ts';
import { get, query } from '../../api/request.ts';

/** The days of an instrument that have rows, in order. */
export interface CoveredDays {
  readonly days: readonly CoveredPeriod[];
  /** Whether only rows with a price are counted. */
  readonly isOfPricesOnly: boolean;
}

/**
 * Counts the rows of every day of an instrument, whatever period the chart has. A server without
 * `/v1/market-data/coverage` is asked for its daily bars, which say how many rows each is made of.
 * @throws ApiError
 */
export async function readCoverage({ symbol, bars }: Selection, signal: AbortSignal): Promise<CoveredDays> {
  try {
    const wanted = query({ symbol, bars, by: 'day' });
    const days = await allPages<CoveredPeriod>(`/v1/market-data/coverage${wanted}`, signal);
    return { days: inOrder(days.map((day) => ({ ...day, period: day.period.slice(0, 10) }))), isOfPricesOnly: false };
  } catch (error) {
    if (!isRouteMissing(error)) throw error;
  }
  const wanted = query({ symbol, interval: '1d', from: bars === undefined ? 'ticks' : 'bars', limit: 5000 });
  const made = await allPages<ApiBar>(`/v1/market-data/bars${wanted}`, signal);
  const days = made.map(({ start, count }) => ({
    ...{ period: start.slice(0, 10), rows: count, deleted: 0, firstAt: null, lastAt: null },
  }));
  return { days: inOrder(days), isOfPricesOnly: true };
}

async function allPages<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await get(cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`, signal);
    items.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

const inOrder = (days: readonly CoveredPeriod[]): CoveredPeriod[] =>
  [...days].sort((a, b) => (a.period < b.period ? -1 : 1));
