import type { HealthStatus, Sample } from '../contract/health.ts';
import { AT_MOST, ROWS_THAT_COUNT, type ThresholdName, type Thresholds } from '../contract/thresholds.ts';

/** The rating of a sample. `alerts` has the critical ones first; each begins with its severity. */
export interface Analysis {
  readonly status: Exclude<HealthStatus, 'unknown'>;
  readonly alerts: readonly string[];
}

interface Check {
  readonly threshold: ThresholdName;
  readonly value: (sample: Sample) => number | null;
  readonly sentence: (value: number) => string;
}

const percent = (value: number) => `${value.toFixed(1)}%`;
const share = (value: number) => percent(value * 100);
const whole = (value: number, one: string, many = `${one}s`) =>
  `${Math.round(value)} ${Math.round(value) === 1 ? one : many}`;
const seconds = (value: number) => `${value.toFixed(1)} s`;

/** What is rated, in the order of the alerts. A value that is not known is not rated. */
const CHECKS: readonly Check[] = [
  {
    threshold: 'poolUtilizationPercent',
    value: (sample) => sample.pool.utilizationPercent,
    sentence: (value) => `Connection pool utilization at ${percent(value)}`,
  },
  {
    threshold: 'acquireMs',
    value: (sample) => sample.pool.acquireMs.avg,
    sentence: (value) => `Connection acquire time at ${value.toFixed(1)}ms`,
  },
  {
    threshold: 'averageQueryMs',
    value: (sample) => sample.performance.queryMs.avg,
    sentence: (value) => `Average query time at ${value.toFixed(1)}ms`,
  },
  {
    threshold: 'rejectedRowShare',
    value: ({ performance: { rowsReceived, rejectedRowShare } }) =>
      rowsReceived !== null && rowsReceived >= ROWS_THAT_COUNT ? rejectedRowShare : null,
    sentence: (value) => `Rejected rows at ${share(value)} of those received`,
  },
  {
    threshold: 'cpuPercent',
    value: (sample) => sample.database.cpuPercent,
    sentence: (value) => `CPU usage at ${percent(value)}`,
  },
  {
    threshold: 'freeableMemoryShare',
    value: (sample) => sample.database.freeableMemoryShare,
    sentence: (value) => `Freeable memory down to ${share(value)}`,
  },
  {
    threshold: 'connectionShare',
    value: (sample) => sample.database.connectionShare,
    sentence: (value) => `Database connections at ${share(value)} of the limit`,
  },
  {
    threshold: 'transactionSeconds',
    value: (sample) => sample.database.longestTransactionSeconds,
    sentence: (value) => `Longest transaction at ${seconds(value)}`,
  },
  {
    threshold: 'idleInTransactionSeconds',
    value: (sample) => sample.database.longestIdleInTransactionSeconds,
    sentence: (value) => `Longest idle transaction at ${seconds(value)}`,
  },
  {
    threshold: 'lockWaitSeconds',
    value: (sample) => sample.database.longestLockWaitSeconds,
    sentence: (value) => `Longest lock wait at ${seconds(value)}`,
  },
  {
    threshold: 'deadlocks',
    value: (sample) => sample.database.deadlocks,
    sentence: (value) => `${whole(value, 'deadlock')} since the last sample`,
  },
  {
    threshold: 'deadTupleRatio',
    value: (sample) => sample.database.deadTupleRatio,
    sentence: (value) => `Dead rows at ${share(value)} of the worst table`,
  },
  {
    threshold: 'xidAgeRatio',
    value: (sample) => sample.database.xidAgeRatio,
    sentence: (value) => `Transaction id age at ${share(value)} of the limit`,
  },
  {
    threshold: 'replicaLagSeconds',
    value: (sample) => sample.database.replicaLagSeconds,
    sentence: (value) => `Replica lag at ${seconds(value)}`,
  },
  {
    threshold: 'partitionRunwayDays',
    value: (sample) => sample.runwayDays,
    sentence: (value) => `Partition runway down to ${value.toFixed(1)} days`,
  },
];

/**
 * Rates a sample: any value at or over its critical threshold makes it critical, else any at or over its warning threshold
 * a warning; where less is worse, at or under. A failed probe is critical, with the reason.
 */
export function analyse(sample: Sample, thresholds: Thresholds): Analysis {
  const criticals: string[] = [];
  const warnings: string[] = [];
  if (!sample.probe.up && !sample.probe.suspended) {
    const what = sample.probe.cause === 'pool_exhausted' ? 'Connection pool exhausted' : 'Database unreachable';
    criticals.push(`CRITICAL: ${what}: ${sample.probe.reason ?? 'reason unknown'}`);
  }
  for (const { threshold, value, sentence } of CHECKS) {
    const found = value(sample);
    if (found === null) continue;
    const { warning, critical }: { warning: number; critical?: number } = thresholds[threshold];
    if (critical !== undefined && reaches(threshold, found, critical)) criticals.push(`CRITICAL: ${sentence(found)}`);
    else if (reaches(threshold, found, warning)) warnings.push(`WARNING: ${sentence(found)}`);
  }
  const status = criticals.length > 0 ? 'critical' : warnings.length > 0 ? 'warning' : 'healthy';
  return { status, alerts: [...criticals, ...warnings] };
}

const reaches = (threshold: ThresholdName, value: number, limit: number) =>
  AT_MOST.has(threshold) ? value <= limit : value >= limit;
