import type { Operations, Tick } from './api.ts';
import type { CallOptions, Client } from './client.ts';

/** The requested instruments, by id or by symbol, in any number. */
export type LatestNames =
  | { readonly symbols: readonly string[]; readonly instrumentIds?: undefined }
  | { readonly instrumentIds: readonly number[]; readonly symbols?: undefined };

/** The largest number of names per request. */
const MAX_NAMES = 1000;
/** The longest list of names in a URL, because API Gateway accepts 10,240 bytes of request line and headers. */
const MAX_URL_BYTES = 4000;

/**
 * The newest tick of each instrument, keyed by the requested ids or symbols; null if it has none. A few names go into
 * the URL, many into a body, and more than 1,000 into several requests.
 * @throws as `client.call` does
 */
export async function latestTicks(
  client: Client,
  names: LatestNames,
  options: CallOptions & { readonly query?: Operations['latestMarketDataOf']['query'] | undefined } = {},
): Promise<Readonly<Record<string, Tick | null>>> {
  const [name, values] =
    names.symbols === undefined
      ? (['instrumentIds', names.instrumentIds] as const)
      : (['symbols', names.symbols] as const);
  const found: Record<string, Tick | null>[] = [];
  for (let from = 0; from < values.length; from += MAX_NAMES) {
    const part = { [name]: values.slice(from, from + MAX_NAMES) };
    const isShort = encodeURIComponent(part[name]?.join() ?? '').length <= MAX_URL_BYTES;
    const { data } = isShort
      ? await client.call('latestMarketData', { ...options, query: { ...options.query, ...part } as never })
      : await client.call('latestMarketDataOf', { ...options, body: part });
    found.push(data);
  }
  // a symbol may be called __proto__: with entries it is a key like any other
  return Object.fromEntries(found.flatMap((data) => Object.entries(data)));
}
