import type { AnyThreshold } from '../../config/thresholds.ts';

/**
 * Alarms as data. A **subject** is one thing that can be wrong, and a section of the runbook; it becomes an alarm for each
 * severity it has. A **signal** is the metric, or the arithmetic over some, that is watched.
 */

export type Severity = 'warning' | 'critical';
export const SEVERITIES = ['warning', 'critical'] as const satisfies readonly Severity[];

/** What is broken, for whom: warnings page by family, and a family has a file of its own. */
export const FAMILIES = ['unreachable', 'saturated', 'slow', 'data', 'platform'] as const;
export type Family = (typeof FAMILIES)[number];

const WARNED_OF: Readonly<Record<Family, string>> = {
  unreachable: 'failing requests',
  saturated: 'connections and executions',
  slow: 'slow responses',
  data: 'data',
  platform: 'the platform',
};

/** What the warnings of a family are called, where none of them is named: `Warnings about slow responses`. */
export const familyTitle = (family: Family): string => `Warnings about ${WARNED_OF[family]}`;

export interface MetricSignal {
  readonly namespace: string;
  readonly name: string;
  /** As CloudWatch writes them: `Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount`, `p99`. */
  readonly statistic: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MathSignal {
  /** CloudWatch metric math; what it names stands in `metrics`. Arithmetic, comparisons, IF and FILL only. */
  readonly expression: string;
  readonly metrics: Readonly<Record<string, MetricSignal>>;
}

export type Signal = MetricSignal | MathSignal;
export const isMath = (signal: Signal): signal is MathSignal => 'expression' in signal;
export const metricsOf = (signal: Signal): MetricSignal[] =>
  isMath(signal) ? Object.values(signal.metrics) : [signal];

/** `datapoints` of the last `periods`, each of `periodSeconds`: CloudWatch's M of N. */
export interface Timing {
  /** 10, 20, 30 or a multiple of 60; under 60 the metric must be stored by the second. */
  readonly periodSeconds: number;
  readonly datapoints: number;
  readonly periods: number;
}

/**
 * A limit of one severity, in the metric's own unit. `at-least` and `at-most` judge as `/v1/health` does: the threshold
 * itself breaches.
 */
export interface Limit {
  readonly comparison: 'at-least' | 'at-most';
  readonly value: number;
  readonly timing: Timing;
}

/** CloudWatch's treatment of missing data. There is no default: each subject says it. */
export type Missing = 'breaching' | 'notBreaching' | 'ignore';

export interface AlarmSubject {
  /** Part of the alarms' names: `pool-utilization` makes `tick-store-pool-utilization-critical`. */
  readonly id: string;
  readonly family: Family;
  /** The symptom, as a page, the runbook's section and the dashboard's graph call it: `Database unreachable`. */
  readonly title: string;
  /** Who notices it. */
  readonly affects: string;
  readonly signal: Signal;
  readonly unit: string;
  readonly limits: Readonly<Partial<Record<Severity, Limit>>>;
  readonly missing: Missing;
  /** Silent for this long after it is created: a service that has just been deployed has sent nothing yet. Minutes. */
  readonly warmUpMinutes?: number;
  /** The setting that the limits come from. */
  readonly threshold?: AnyThreshold;
  /** Ids of the subjects whose consequence it is: while one of them is critical, this one does not page. */
  readonly causes?: readonly string[];
  /** Whether its message also goes to people past the pager, as CloudWatch writes it. */
  readonly isSentDirectly?: true;
  /** For CodeDeploy, which turns a deployment back by it; it pages nobody. */
  readonly isForRollback?: true;
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
  /**
   * What shows that it has recovered, and how long that takes: the metric or a command. When the alarm returns to OK is added from
   * its timing.
   */
  readonly recovered: string;
}

/** The anchor of a subject's section in the runbook, as GitHub makes it from the heading. */
export const sectionOf = ({ title }: Pick<AlarmSubject, 'title'>): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9\- ]/g, '')
    .replaceAll(' ', '-');

/** For whoever gets CloudWatch's own message: the symptom, what it means, what to do first, who notices it, and where to read on. */
export const descriptionOf = (subject: AlarmSubject, runbookUrl: string): string =>
  `${subject.title}. ${subject.advice.meaning} First: ${subject.advice.first} Affected: ${subject.affects} Runbook: ${runbookUrl}#${sectionOf(subject)}`;

/** The names that metrics are found by; tokens in a stack, examples in the runbook. */
export interface Watched {
  /** The value of the dimension Service. */
  readonly service: string;
  readonly apiId: string;
  /** Where runs end that failed. */
  readonly deadLetterQueue: string;
  /** Where pages end that a person has to read. */
  readonly undeliveredQueue: string;
  /** Where pages wait that PagerDuty has refused, if the configuration names PagerDuty. */
  readonly refusedQueue?: string;
  /** Names of the topics between a critical alarm and people. */
  readonly pageTopics: readonly string[];
  /** Name of the function that makes pages. */
  readonly pager: string;
  readonly scheduleGroup: string;
  readonly proxyName?: string;
  readonly clusterId?: string;
  readonly functions: readonly WatchedFunction[];
}

export interface WatchedFunction {
  /** `ingest` */
  readonly entry: string;
  /** `tick-store-ingest` */
  readonly name: string;
  /** The number of its newest version. */
  readonly version: string;
  readonly timeoutSeconds: number;
  /** Whether API Gateway calls it. */
  readonly isApi: boolean;
}
