/** The API's lengths of bars, in microseconds. */
const INTERVALS = {
  '1s': 1e6,
  '1m': 60e6,
  '5m': 300e6,
  '15m': 900e6,
  '30m': 1800e6,
  '1h': 3600e6,
  '4h': 14_400e6,
  '1d': 86_400e6,
  '1w': 604_800e6,
} as const;
export type Interval = keyof typeof INTERVALS;

/** Whether every timestamp is a whole day, so that even a single bar shows its length. */
const isDaily = (micros: readonly number[]): boolean =>
  micros.every((one) => Number.isNaN(one) || one % INTERVALS['1d'] === 0);

/**
 * The length of bars with these start times: the most common step between neighbours, because a market closes at night.
 * `symbols` separates the bars of several instruments.
 * @returns undefined if no length of the API is common enough
 */
export function detectInterval(micros: readonly number[], symbols: readonly string[]): Interval | undefined {
  const last = new Map<string, number>();
  const steps = new Map<number, number>();
  micros.forEach((one, i) => {
    if (Number.isNaN(one)) return;
    const symbol = symbols[i] ?? '';
    const before = last.get(symbol);
    last.set(symbol, one);
    const step = before === undefined ? 0 : Math.abs(one - before);
    if (step > 0) steps.set(step, (steps.get(step) ?? 0) + 1);
  });
  const total = [...steps.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return micros.length > 0 && isDaily(micros) ? '1d' : undefined;
  const [step, count] = [...steps].reduce((a, b) => (b[1] > a[1] ? b : a));
  if (count * 2 < total) return undefined;
  return (Object.keys(INTERVALS) as Interval[]).find((name) => INTERVALS[name] === step);
}
