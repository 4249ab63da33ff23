import { newInstrument, store } from './records.ts';
import type { Reply, TestService } from './service.ts';
import { type TickInput, tick } from './ticks.ts';

/** Helpers for tests of corrections. */
export interface CorrectionsOf {
  /** A batch with `onConflict=replace`. */
  readonly replace: (
    records: readonly TickInput[],
    query?: Record<string, string | boolean>,
    key?: string,
  ) => Promise<Reply>;
  /** A new instrument with one tick of sequence 1. */
  readonly oneTick: (price?: number) => Promise<{ symbol: string; id: number; row: TickInput }>;
  /** Ids and prices of an instrument's live rows, oldest first. */
  readonly prices: (symbol: string, query?: Record<string, string>) => Promise<[id: number, price: number][]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses without restating their types
  readonly operation: (id: number) => Promise<any>;
}

/** The helpers for a service, which need not be running yet. */
export const correctionsOf = (service: () => TestService): CorrectionsOf => ({
  replace: (records, query = {}, key) =>
    service().post(
      '/v1/market-data',
      { records },
      {
        query: { onConflict: 'replace', reason: 'bad print', ...query },
        headers: key === undefined ? {} : { 'Idempotency-Key': key },
      },
    ),
  oneTick: async (price = 1) => {
    const symbol = await newInstrument(service());
    const row = tick({ symbol, sequence: 1, price });
    const [id] = await store(service(), [row]);
    return { symbol, id: id as number, row };
  },
  prices: async (symbol, query = {}) => {
    const { body } = await service().get('/v1/market-data', { query: { symbol, order: 'asc', ...query } });
    return body.data.map(({ id, price }: { id: number; price: number }) => [id, price]);
  },
  operation: async (id) => (await service().get(`/v1/market-data/operations/${id}`)).body,
});
