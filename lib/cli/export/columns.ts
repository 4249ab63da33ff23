/** The columns of an exported file, in this order; `import` reads them back. */
export const COLUMNS = [
  ...(['timestamp', 'symbol', 'price', 'volume', 'bid', 'ask', 'bidSize', 'askSize'] as const),
  ...(['openPrice', 'highPrice', 'lowPrice', 'sequence'] as const),
] as const;
export type ExportColumn = (typeof COLUMNS)[number];
