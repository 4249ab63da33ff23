/**
 * Values of one metric at one time with one set of dimensions, as PutMetricData, EMF or an AWS service publishes them.
 */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  /**
   * The complete set. CloudWatch aggregates nothing across dimensions: the same name with other dimensions is another
   * metric.
   */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly value: number | readonly number[];
  /** How often each value occurred. Default: once each. */
  readonly counts?: readonly number[];
  /** CloudWatch's unit, such as `Count` or `Milliseconds`. */
  readonly unit?: string;
  /** Seconds per stored datapoint. Default: 60. */
  readonly resolution?: 1 | 60;
}

/** Identifies a metric, with its exact dimensions. */
export type MetricId = Pick<Datum, 'namespace' | 'name' | 'dimensions'>;

/** A key of a metric, independent of the order of its dimensions. */
export function keyOf({ namespace, name, dimensions }: MetricId): string {
  const sorted = Object.entries(dimensions);
  if (sorted.length > 1) sorted.sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [namespace, name, ...sorted.flat()];
  // JSON does not contain this character, so the two forms never collide
  return parts.some((part) => part.includes('\0')) ? JSON.stringify(parts) : parts.join('\0');
}
