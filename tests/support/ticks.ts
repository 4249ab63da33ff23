/** Small factories for what tests send. */

export interface TickInput {
  timestamp?: unknown;
  [field: string]: unknown;
}

/** A tick of ES in November 2026, with some fields changed. */
export const tick = (fields: TickInput = {}): TickInput => ({
  timestamp: '2026-11-02T14:30:00.000001Z',
  symbol: 'ES',
  price: 4300.25,
  ...fields,
});

/** `count` ticks one second apart, from a start time. */
export const ticks = (count: number, fields: TickInput = {}, start = '2026-11-02T14:30:00Z'): TickInput[] =>
  Array.from({ length: count }, (_, index) =>
    tick({ timestamp: new Date(Date.parse(start) + index * 1000).toISOString(), price: 4300 + index, ...fields }),
  );
