/** A line of the embedded metric format, parsed. */
export interface EmfLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: {
      readonly Namespace: string;
      readonly Dimensions: string[][];
      readonly Metrics: { readonly Name: string; readonly Unit: string; readonly StorageResolution?: number }[];
    }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: metrics and ids, which tests look into by name
  readonly [member: string]: any;
}

/** The lines of metrics among the functions' log lines. */
export const emfLines = (logs: readonly string[]): EmfLine[] =>
  logs.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line) as EmfLine);

/** The metrics of the probe's samples. */
export const sampleLines = (logs: readonly string[]): EmfLine[] => emfLines(logs).filter((line) => 'ProbeUp' in line);

/** The metrics of a function's invocations. */
export const invocationLines = (logs: readonly string[], name: string): EmfLine[] =>
  emfLines(logs).filter((line) => line['Function'] === name);
