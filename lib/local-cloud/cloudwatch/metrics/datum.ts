/** Some values of one metric, at one moment, under one set of dimensions: what PutMetricData takes, EMF or AWS publishes. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  /** The whole set: CloudWatch rolls nothing up, so the same metric under other dimensions is another metric. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly value: number | readonly number[];
  /** How often each of the values occurred; once each without it. */
  readonly counts?: readonly number[];
  /** CloudWatch's words: `Count`, `Milliseconds`. */
  readonly unit?: string;
  /** Seconds of a stored datapoint; 60 without it. */
  readonly resolution?: 1 | 60;
}

/** Which metric, and under which exact dimensions. */
export type MetricId = Pick<Datum, 'namespace' | 'name' | 'dimensions'>;

/** The same text for the same metric, in whatever order its dimensions are given. */
export function keyOf({ namespace, name, dimensions }: MetricId): string {
  const sorted = Object.entries(dimensions);
  if (sorted.length > 1) sorted.sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [namespace, name, ...sorted.flat()];
  // JSON has no such character in it, so the two forms are never the same
  return parts.some((part) => part.includes('\0')) ? JSON.stringify(parts) : parts.join('\0');
}
