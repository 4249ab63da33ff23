import type { Sample } from '../contract/health.ts';
import type { ProbeValues } from '../metrics/metric-catalogue.ts';
import type { Analysis } from './analyse-sample.ts';

const LEVEL: Record<Analysis['status'], number> = { healthy: 0, warning: 1, critical: 2 };

/** A sample as metrics. Unknown values are left out. */
export function sampleMetrics(sample: Sample, status: Analysis['status'], ms: number): ProbeValues {
  const { probe, pool, performance, database } = sample;
  return {
    ProbeUp: probe.cause === 'unreachable' ? 0 : 1,
    PoolExhausted: probe.cause === 'pool_exhausted' ? 1 : 0,
    ProbeSuspended: probe.suspended ? 1 : 0,
    ProbeMs: ms,
    HealthLevel: LEVEL[status],
    CountersReset: sample.countersReset ? 1 : 0,
    PoolUtilizationPercent: pool.utilizationPercent,
    PoolInUse: pool.inUse,
    PoolWaiting: pool.waiting,
    PoolAcquireMs: pool.acquireMs.avg,
    RoundTripMs: probe.roundTripMs,
    InsertRatePerSecond: performance.insertRatePerSecond,
    RejectedRowShare: performance.rejectedRowShare,
    StatementAverageMs: performance.queryMs.avg,
    ActiveConnections: database.activeConnections,
    ConnectionShare: database.connectionShare,
    LongestTransactionSeconds: database.longestTransactionSeconds,
    LongestIdleInTransactionSeconds: database.longestIdleInTransactionSeconds,
    LongestLockWaitSeconds: database.longestLockWaitSeconds,
    Deadlocks: database.deadlocks,
    DeadTupleRatio: database.deadTupleRatio,
    XidAgeRatio: database.xidAgeRatio,
    ReplicaLagSeconds: database.replicaLagSeconds,
    CacheHitRatio: database.cacheHitRatio,
    DatabaseSizeMb: database.sizeMb,
    PartitionRunwayDays: sample.runwayDays,
  };
}
