/** Requested instruments, by id or by symbol. */
export interface LatestQuery {
  readonly instrumentIds?: readonly number[] | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly includeDeleted: boolean;
}

/** The records by the ids or symbols of the request; null for an instrument that has none. */
export function keyByRequest<T extends { readonly instrumentId: number; readonly symbol: string }>(
  records: readonly T[],
  { instrumentIds = [], symbols = [] }: LatestQuery,
): Record<string, T | null> {
  const found = new Map<string | number, T>();
  for (const record of records) found.set(record.instrumentId, record).set(record.symbol, record);
  return Object.fromEntries([...instrumentIds, ...symbols].map((key) => [key, found.get(key) ?? null]));
}
