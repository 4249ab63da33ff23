import type { Severity } from '../../../functions/paging/page-facts.ts';
import type { AnyThreshold } from '../../config/thresholds.ts';

/**
 * Alarms as data. A **subject** is one thing that can go wrong, and a section of the runbook. It becomes one alarm per
 * severity. A **signal** is the metric, or the expression over metrics, that is watched.
 */

export type { Severity };
export const SEVERITIES = ['warning', 'critical'] as const satisfies readonly Severity[];

/**
 * The families of alarms, by what is broken and for whom. Warnings page by family, and each family has its own file.
 */
export const FAMILIES = ['unreachable', 'saturated', 'slow', 'data', 'platform'] as const;
export type Family = (typeof FAMILIES)[number];

const WARNED_OF: Readonly<Record<Family, string>> = {
  unreachable: 'failing requests',
  saturated: 'connections and executions',
  slow: 'slow responses',
  data: 'data',
  platform: 'the platform',
};

/** The title of a family's warnings where none is named: `Warnings about slow responses`. */
export const familyTitle = (family: Family): string => `Warnings about ${WARNED_OF[family]}`;

export interface MetricSignal {
  readonly namespace: string;
  readonly name: string;
  /** CloudWatch's names: `Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount`, `p99`. */
  readonly statistic: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MathSignal {
  /** CloudWatch metric math over the names in `metrics`. Only arithmetic, comparisons, IF and FILL. */
  readonly expression: string;
  readonly metrics: Readonly<Record<string, MetricSignal>>;
}

export type Signal = MetricSignal | MathSignal;
export const isMath = (signal: Signal): signal is MathSignal => 'expression' in signal;
export const metricsOf = (signal: Signal): MetricSignal[] =>
  isMath(signal) ? Object.values(signal.metrics) : [signal];

/** `datapoints` of the last `periods`, each `periodSeconds` long: CloudWatch's M of N. */
export interface Timing {
  /** 10, 20, 30 or a multiple of 60. Under 60 the metric must have a resolution of one second. */
  readonly periodSeconds: number;
  readonly datapoints: number;
  readonly periods: number;
}

/**
 * A limit of one severity, in the metric's own unit. `at-least` and `at-most` include the threshold itself, as in
 * `/v1/health`.
 */
export interface Limit {
  readonly comparison: 'at-least' | 'at-most';
  readonly value: number;
  readonly timing: Timing;
}

/** CloudWatch's treatment of missing data. There is no default: every subject states it. */
export type Missing = 'breaching' | 'notBreaching' | 'ignore';

export interface AlarmSubject {
  /** A part of the alarms' names: `pool-utilization` becomes `tick-store-pool-utilization-critical`. */
  readonly id: string;
  readonly family: Family;
  /** The symptom, as in pages, the runbook and the dashboard: `Database unreachable`. */
  readonly title: string;
  /** Who is affected. */
  readonly affects: string;
  readonly signal: Signal;
  readonly unit: string;
  readonly limits: Readonly<Partial<Record<Severity, Limit>>>;
  readonly missing: Missing;
  /** How long it is silent after it is created, because a newly deployed service has not sent anything yet. Minutes. */
  readonly warmUpMinutes?: number;
  /** The setting that the limits come from. */
  readonly threshold?: AnyThreshold;
  /** Ids of the subjects that cause it. While one of them is in critical ALARM, this one does not page. */
  readonly causes?: readonly string[];
  /** Whether CloudWatch's own message also goes to people directly, without the pager. */
  readonly isSentDirectly?: true;
  /** Used by CodeDeploy to roll a deployment back; it pages nobody. */
  readonly isForRollback?: true;
  readonly advice: Advice;
}

/** The text of the runbook's section. The alarm's description begins with it. */
export interface Advice {
  /** What is wrong, in a sentence. */
  readonly meaning: string;
  /** What to do first, in a sentence. */
  readonly first: string;
  /** What to check then: one sentence each, with the exact query or command in backticks. */
  readonly look: readonly string[];
  /**
   * What shows that the problem has ended, and how long that takes: the metric or a command. The time until the alarm
   * returns to OK is added from its timing.
   */
  readonly recovered: string;
}

/** The anchor of a subject's section in the runbook, as GitHub derives it from the heading. */
export const sectionOf = ({ title }: Pick<AlarmSubject, 'title'>): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9\- ]/g, '')
    .replaceAll(' ', '-');

/**
 * The description in CloudWatch's own message: the symptom, what it means, what to do first, who is affected, and the
 * link to the runbook.
 */
export const descriptionOf = (subject: AlarmSubject, runbookUrl: string): string =>
  `${subject.title}. ${subject.advice.meaning} First: ${subject.advice.first} Affected: ${subject.affects} Runbook: ${runbookUrl}#${sectionOf(subject)}`;

/** The names by which metrics are found: tokens in a stack, examples in the runbook. */
export interface Watched {
  /** The value of the dimension Service. */
  readonly service: string;
  readonly apiId: string;
  /** The queue of failed scheduled runs. */
  readonly deadLetterQueue: string;
  /** The queue of pages that a person has to read. */
  readonly undeliveredQueue: string;
  /** The queue of pages that PagerDuty has refused, if the configuration uses PagerDuty. */
  readonly refusedQueue?: string;
  /** Names of the topics that people subscribe to. */
  readonly pageTopics: readonly string[];
  /** Name of the function that sends pages. */
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
  /** Whether API Gateway invokes it. */
  readonly isApi: boolean;
}
