import type { Client, Tick } from '../../client/index.ts';

/** The largest number of rows per page. */
const PAGE_ROWS = 10_000;

/** Ticks of a period, page by page. The next page is requested while the previous one is written. */
export async function* readTicks(
  client: Client,
  query: Readonly<Record<string, unknown>>,
): AsyncGenerator<readonly Tick[]> {
  const page = async (cursor: string | null): Promise<TickPage> => {
    const request = { query: { ...query, limit: PAGE_ROWS, cursor: cursor ?? undefined } };
    return (await client.request('GET', '/v1/market-data', request)).body as TickPage;
  };
  let next: Promise<TickPage> | undefined = page(null);
  while (next !== undefined) {
    const { data, nextCursor }: TickPage = await next;
    next = nextCursor === null ? undefined : page(nextCursor);
    // if it fails, the error is thrown where it is awaited
    next?.catch(() => undefined);
    yield data;
  }
}

interface TickPage {
  readonly data: readonly Tick[];
  readonly nextCursor: string | null;
}
