/** Lengths of candles and of stored bars, as the API names them. */
export const INTERVALS = ['1s', '1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w'] as const;
export type ChartInterval = (typeof INTERVALS)[number];

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

export const isInterval = (text: string | null): text is ChartInterval => INTERVALS.includes(text as ChartInterval);

/** Seconds of an interval. */
export const secondsOf = (interval: ChartInterval): number =>
  Number.parseInt(interval, 10) * (UNIT_SECONDS[interval.at(-1) ?? 's'] ?? 1);
