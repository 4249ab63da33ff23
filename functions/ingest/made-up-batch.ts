import type { Database } from '../database/database.ts';

const SYMBOL = 'MADE-UP';

/** A batch of one always valid tick, with every field except the sequence. */
export const madeUpBatch = () => ({
  records: [
    {
      ...{ timestamp: new Date().toISOString(), symbol: SYMBOL, price: 1.5, volume: 1 },
      ...{ bid: 1.25, ask: 1.75, bidSize: 1, askSize: 1, openPrice: 1.5, highPrice: 2, lowPrice: 1 },
    },
  ],
});

/**
 * A database for rehearsals: it knows the instrument of the made-up batch, stores nothing, and reports every batch as
 * stored.
 */
export const nowhere: Database = {
  capabilities: { copy: true, errorDetail: true, poolerView: false },
  run: async ({ name }) => (name === 'find-instruments' ? [{ id: 1, symbol: SYMBOL, active: true }] : []) as never,
  transaction: async (statements) => Array.from(statements, () => [{ block: 1 }]),
  close: async () => undefined,
};
