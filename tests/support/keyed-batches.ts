import type { Reply, TestService } from './service.ts';

let keys = 0;
/** A client's key that no other test of the file uses. */
export const newKey = (): string => `key-${++keys}`;

/** Sends a batch with a client's key. */
export const postKeyed = (
  service: TestService,
  key: string,
  records: readonly object[],
  query: Record<string, string | number | boolean> = {},
): Promise<Reply> => service.post('/v1/market-data', { records }, { headers: { 'idempotency-key': key }, query });

/** `true` for a response that had been stored under the key, otherwise null. */
export const replayed = (reply: Reply): string | null => reply.headers.get('idempotency-replayed');

/** How many rows a batch has. */
export const rowsOf = async (service: TestService, { body }: Reply): Promise<number> =>
  (await service.sql('select from tick_store.market_data where id / 65536 = $1', [body.batchId])).length;
