import type { Distribution } from './distribution.ts';

export type Statistic = (values: Distribution) => number;

const PLAIN: Readonly<Record<string, Statistic>> = {
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
  SampleCount: ({ count }) => count,
};

/**
 * A statistic by CloudWatch's name: the five basic ones, and percentiles such as `p99` or `p99.9`. Trimmed means and
 * similar are not emulated, because nothing here uses them.
 * @throws Error for any other name
 */
export function statisticOf(name: string): Statistic {
  const plain = PLAIN[name];
  if (plain) return plain;
  const [, percent] = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name) ?? [];
  if (percent === undefined) throw new Error(`the statistic ${name} is not emulated`);
  return (values) => values.percentile(Number(percent) / 100);
}
