import type { Coverage } from '../../../../../functions/contract/coverage.ts';
import type { RowPage, TickSelection } from '../../api/market-data.ts';
import { get, query } from '../../api/request.ts';

/** Periods per request, which is the API's maximum. */
const PAGE = 10_000;

/**
 * The days of an instrument that have rows, deleted ones included, in order, whatever period the chart has.
 * @throws ApiError
 */
export async function readCoverage({ symbol, bars }: TickSelection, signal: AbortSignal): Promise<readonly Coverage[]> {
  const days: Coverage[] = [];
  let cursor: string | null = null;
  do {
    const wanted = query({ symbol, bars, by: 'day', limit: PAGE, cursor });
    const page: RowPage<Coverage> = await get(`/v1/market-data/coverage${wanted}`, signal);
    days.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return days;
}
