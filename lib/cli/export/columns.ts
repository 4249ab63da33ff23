/** The columns of an exported file, in this order. `import` can read them. */
export const COLUMNS = [
  ...(['timestamp', 'symbol', 'price', 'volume', 'bid', 'ask', 'bidSize', 'askSize'] as const),
  ...(['openPrice', 'highPrice', 'lowPrice', 'sequence'] as const),
] as const;
export type ExportColumn = (typeof COLUMNS)[number];
