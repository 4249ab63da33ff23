/** The lengths of bars that the API knows, in microseconds. */
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

/** Every timestamp is that of a whole day, so a single bar says its length, too. */
const isDaily = (micros: readonly number[]): boolean =>
  micros.every((one) => Number.isNaN(one) || one % INTERVALS['1d'] === 0);

/**
 * The length of bars whose starts these are: the step that most neighbours have, for a market closes at night. `symbols`
 * separates the bars of several instruments.
 * @returns undefined if no length that the API knows is common enough
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
