import type { AnyThreshold } from '../../config/thresholds.ts';

/**
 * Alarms as data. A **subject** is what is watched, and a section of the runbook; it becomes an alarm for each severity it
 * has. A **signal** is the metric, or the arithmetic over some, that is watched.
 */

export type Severity = 'warning' | 'critical';
export const SEVERITIES = ['warning', 'critical'] as const satisfies readonly Severity[];

export interface MetricSignal {
  readonly namespace: string;
  readonly name: string;
  /** As CloudWatch writes them: `Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount`, `p99`. */
  readonly statistic: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MathSignal {
  /** CloudWatch metric math; what it names stands in `metrics`. Arithmetic, IF and FILL only. */
  readonly expression: string;
  readonly metrics: Readonly<Record<string, MetricSignal>>;
}

export type Signal = MetricSignal | MathSignal;
export const isMath = (signal: Signal): signal is MathSignal => 'expression' in signal;
export const metricsOf = (signal: Signal): MetricSignal[] =>
  isMath(signal) ? Object.values(signal.metrics) : [signal];

/** `datapoints` of the last `periods`, each of `periodSeconds`. */
export interface Timing {
  /** 10, 20, 30 or a multiple of 60; under 60 the metric must be stored by the second. */
  readonly periodSeconds: number;
  readonly datapoints: number;
  readonly periods: number;
}

/**
 * A limit of one severity, in the metric's own unit. `at-least` and `at-most` judge as `/v1/health` does: the threshold
 * itself is the fault.
 */
export interface Limit {
  readonly comparison: 'at-least' | 'at-most';
  readonly value: number;
  readonly timing: Timing;
}

/** What a period without data means. There is no default: each subject says it. */
export type Missing = 'breaching' | 'notBreaching' | 'ignore';

export interface AlarmSubject {
  /** Part of the alarms' names: `pool-utilization` makes `tick-store-pool-utilization-critical`. */
  readonly id: string;
  /** The section of the runbook; subjects of one kind share one. */
  readonly section: string;
  /** What the section and the dashboard's graph are called. */
  readonly title: string;
  readonly signal: Signal;
  readonly unit: string;
  readonly limits: Readonly<Partial<Record<Severity, Limit>>>;
  readonly missing: Missing;
  /** Silent for this long after it is made: a service that has just been deployed has sent nothing yet. Minutes. */
  readonly warmUpMinutes?: number;
  /** The setting that the limits come from. */
  readonly threshold?: AnyThreshold;
  readonly advice: Advice;
}

/** What the runbook says, and the alarm's description begins. */
export interface Advice {
  /** What is the matter, in a sentence. */
  readonly meaning: string;
  /** What to do before anything else, in a sentence. */
  readonly first: string;
  /** What to look at then: a sentence each, with the exact query or command in backticks. */
  readonly look: readonly string[];
}

/** The names that metrics are found by; tokens in a stack, examples in the runbook. */
export interface Watched {
  /** The value of the dimension Service. */
  readonly service: string;
  readonly apiId: string;
  readonly deadLetterQueue: string;
  readonly proxyName?: string;
  readonly clusterId?: string;
  readonly functions: readonly WatchedFunction[];
}

export interface WatchedFunction {
  /** `ingest` */
  readonly entry: string;
  /** `tick-store-ingest` */
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency: number;
}
