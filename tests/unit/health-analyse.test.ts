import { expect, test } from 'vitest';
import { AT_MOST, readThresholds, type ThresholdName } from '../../functions/contract/thresholds.ts';
import { analyse } from '../../functions/health/analyse-sample.ts';
import { sampleOf } from '../support/health.ts';

const thresholds = readThresholds(undefined);

type Change = Parameters<typeof sampleOf>[0];

/** Where each threshold's value stands in a sample, and what is said of it at its warning and its critical threshold. */
const CASES: Record<ThresholdName, [(value: number) => Change, string, string]> = {
  poolUtilizationPercent: [
    (utilizationPercent) => ({ pool: { utilizationPercent } }),
    'WARNING: Connection pool utilization at 70.0%',
    'CRITICAL: Connection pool utilization at 85.0%',
  ],
  acquireMs: [
    (avg) => ({ pool: { acquireMs: { avg } } }),
    'WARNING: Connection acquire time at 50.0ms',
    'CRITICAL: Connection acquire time at 200.0ms',
  ],
  averageQueryMs: [
    (avg) => ({ performance: { queryMs: { avg } } }),
    'WARNING: Average query time at 100.0ms',
    'CRITICAL: Average query time at 500.0ms',
  ],
  rejectedRowShare: [
    (rejectedRowShare) => ({ performance: { rowsReceived: 1000, rejectedRowShare } }),
    'WARNING: Rejected rows at 5.0% of those received',
    'CRITICAL: Rejected rows at 25.0% of those received',
  ],
  cpuPercent: [
    (cpuPercent) => ({ database: { cpuPercent } }),
    'WARNING: CPU usage at 70.0%',
    'CRITICAL: CPU usage at 85.0%',
  ],
  freeableMemoryShare: [
    (freeableMemoryShare) => ({ database: { freeableMemoryShare } }),
    'WARNING: Freeable memory down to 20.0%',
    'CRITICAL: Freeable memory down to 10.0%',
  ],
  connectionShare: [
    (connectionShare) => ({ database: { connectionShare } }),
    'WARNING: Database connections at 80.0% of the limit',
    'CRITICAL: Database connections at 90.0% of the limit',
  ],
  transactionSeconds: [
    (longestTransactionSeconds) => ({ database: { longestTransactionSeconds } }),
    'WARNING: Longest transaction at 120.0 s',
    'CRITICAL: Longest transaction at 600.0 s',
  ],
  idleInTransactionSeconds: [
    (longestIdleInTransactionSeconds) => ({ database: { longestIdleInTransactionSeconds } }),
    'WARNING: Longest idle transaction at 60.0 s',
    'CRITICAL: Longest idle transaction at 300.0 s',
  ],
  lockWaitSeconds: [
    (longestLockWaitSeconds) => ({ database: { longestLockWaitSeconds } }),
    'WARNING: Longest lock wait at 10.0 s',
    'CRITICAL: Longest lock wait at 30.0 s',
  ],
  deadlocks: [
    (deadlocks) => ({ database: { deadlocks } }),
    'WARNING: 1 deadlock since the last sample',
    'CRITICAL: 10 deadlocks since the last sample',
  ],
  deadTupleRatio: [
    (deadTupleRatio) => ({ database: { deadTupleRatio } }),
    'WARNING: Dead rows at 20.0% of the worst table',
    'CRITICAL: Dead rows at 50.0% of the worst table',
  ],
  xidAgeRatio: [
    (xidAgeRatio) => ({ database: { xidAgeRatio } }),
    'WARNING: Transaction id age at 50.0% of the limit',
    'CRITICAL: Transaction id age at 75.0% of the limit',
  ],
  replicaLagSeconds: [
    (replicaLagSeconds) => ({ database: { replicaLagSeconds } }),
    'WARNING: Replica lag at 5.0 s',
    'CRITICAL: Replica lag at 30.0 s',
  ],
  partitionRunwayDays: [
    (runwayDays) => ({ runwayDays }),
    'WARNING: Partition runway down to 20.0 days',
    'CRITICAL: Partition runway down to 7.0 days',
  ],
};

/** The next number on the good side of a threshold. */
const justGood = (name: ThresholdName, limit: number) =>
  Number.isInteger(limit) && name !== 'partitionRunwayDays'
    ? AT_MOST.has(name)
      ? limit + 1e-9
      : limit - 1e-9
    : limit * (AT_MOST.has(name) ? 1 + 1e-9 : 1 - 1e-9);
const justBad = (name: ThresholdName, limit: number) => limit * (AT_MOST.has(name) ? 1 - 1e-9 : 1 + 1e-9);

test.each(Object.entries(CASES) as [ThresholdName, (typeof CASES)[ThresholdName]][])(
  '%s: a value at or past the threshold is reported, and one below it is not',
  (name, [change, warningText, criticalText]) => {
    const { warning, critical }: { warning: number; critical?: number } = thresholds[name];
    const at = (value: number) => analyse(sampleOf(change(value)), thresholds);
    expect(at(justGood(name, warning))).toEqual({ status: 'healthy', alerts: [] });
    expect(at(warning)).toEqual({ status: 'warning', alerts: [warningText] });
    expect(at(justBad(name, warning)).status).toBe('warning');
    if (critical === undefined) return;
    expect(at(justGood(name, critical)).status).toBe('warning');
    expect(at(critical)).toEqual({ status: 'critical', alerts: [criticalText] });
    expect(at(justBad(name, critical)).status).toBe('critical');
  },
);

test('an unknown value is not judged', () => {
  const unknown = Object.values(CASES).map(([change]) => change(null as unknown as number));
  for (const change of unknown) expect(analyse(sampleOf(change), thresholds).status).toBe('healthy');
});

test('one critical alert makes the health critical, and comes first', () => {
  const { status, alerts } = analyse(
    sampleOf({ pool: { utilizationPercent: 75 }, database: { longestLockWaitSeconds: 31 } }),
    thresholds,
  );
  expect(status).toBe('critical');
  expect(alerts).toEqual(['CRITICAL: Longest lock wait at 31.0 s', 'WARNING: Connection pool utilization at 75.0%']);
});

test('a failed probe is critical, with the reason, next to what could still be measured', () => {
  const { status, alerts } = analyse(
    sampleOf({
      probe: { up: false, reason: 'the database or the pooler is unreachable (ECONNREFUSED)' },
      pool: { utilizationPercent: 100 },
    }),
    thresholds,
  );
  expect(status).toBe('critical');
  expect(alerts).toEqual([
    'CRITICAL: Database unreachable: the database or the pooler is unreachable (ECONNREFUSED)',
    'CRITICAL: Connection pool utilization at 100.0%',
  ]);
});

test('a paused database is healthy', () => {
  expect(analyse(sampleOf({ probe: { up: false, suspended: true } }), thresholds).status).toBe('healthy');
});

test('thresholds from the environment replace the defaults one by one', () => {
  const own = readThresholds('{"poolUtilizationPercent":{"warning":5}}');
  expect(own.poolUtilizationPercent).toEqual({ warning: 5, critical: 85 });
  expect(own.acquireMs).toEqual({ warning: 50, critical: 200 });
  expect(analyse(sampleOf(), own).alerts).toEqual(['WARNING: Connection pool utilization at 10.0%']);
});

test.each([
  ['not JSON', '{', 'is not JSON'],
  ['an unknown name', '{"poolUtilisation":{"warning":5}}', 'poolUtilisation'],
  ['a critical threshold under the warning', '{"acquireMs":{"warning":300}}', 'critical must be at least warning'],
  ['a runway that is critical before it warns', '{"partitionRunwayDays":{"warning":5}}', 'critical must be at most'],
  ['a share over 1', '{"connectionShare":{"critical":90}}', 'connectionShare'],
])('thresholds refuse %s', (_what, json, message) => {
  expect(() => readThresholds(json)).toThrow(message);
});
