import { symbol as symbolSchema } from '../contract/fields.ts';
import type { CallOptions, Database } from '../database/database.ts';
import type { ReferenceCache } from './reference-cache.ts';
import type { References } from './references.ts';
import { type NewInstrument, type ReservedInstrument, reserveInstrumentIds } from './sql/create-instruments.ts';

/** References of a batch, including the instruments that it is about to create. */
export interface BatchReferences extends References {
  /** The created instruments that these rows use. */
  readonly createdAmong: (ids: Int32Array, length: number) => readonly NewInstrument[];
}

/**
 * Returns references for a batch that creates the instruments it names. Their ids are drawn now. They are stored
 * together with the rows, if any row is stored.
 */
export async function withNewInstruments(
  database: Database,
  cache: ReferenceCache,
  named: readonly string[],
  options: CallOptions,
): Promise<BatchReferences> {
  const missing = firstInEachCase(named.filter((symbol) => symbolSchema.safeParse(symbol).data === symbol));
  const reserved =
    missing.length === 0 ? [] : await database.run<ReservedInstrument>(reserveInstrumentIds(missing), options);
  // another request has created them since the cache was loaded
  const created = reserved.filter((row) => row.other_case === row.symbol).map(({ symbol }) => ({ symbol }));
  if (created.length > 0) await cache.load(database, created, {}, options);
  const ids = new Map(reserved.flatMap(({ symbol, id }) => (id === null ? [] : [[symbol, id] as const])));
  const symbols = new Map([...ids].map(([symbol, id]) => [id, symbol]));
  return {
    instrumentBySymbol: (symbol) =>
      cache.instrumentBySymbol(symbol) ?? ids.get(symbol) ?? ids.get(symbol.normalize('NFC')),
    inOtherCase: (symbol) => cache.inOtherCase(symbol),
    hasInstrument: (id) => symbols.has(id) || cache.hasInstrument(id),
    isActive: (id) => symbols.has(id) || cache.isActive(id),
    hasRule: (id) => cache.hasRule(id),
    createdAmong: (used, length) => {
      const among = new Set(used.subarray(0, length));
      return [...symbols].filter(([id]) => among.has(id)).map(([id, symbol]) => ({ id, symbol }));
    },
  };
}

/** No two symbols may differ only in case, so only the first of each group is created. */
function firstInEachCase(symbols: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const symbol of symbols) if (!first.has(symbol.toUpperCase())) first.set(symbol.toUpperCase(), symbol);
  return [...first.values()];
}
