import { createMonitor, keyOf, ManualClock, metricAlarm, type Resource } from '@tick-store/local-cloud';
import { beforeAll, describe, expect, test } from 'vitest';
import { ACCOUNT, resourcesOf } from './support/monitor.ts';

/** Every metric that an alarm watches, by the value it has in a history. A missing one has no data. */
type History = Readonly<Record<string, number>>;

const resources = resourcesOf('proxy');
const alarms = resources
  .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
  .map((resource) => metricAlarm(resource, ACCOUNT));
const GIB = 1024 ** 3;

/** Just short of every limit: nothing enters ALARM. */
const HEALTHY: History = {
  ProbeUp: 1,
  PoolExhausted: 0,
  PoolUtilizationPercent: 69,
  ConnectionShare: 0.79,
  StatementAverageMs: 99,
  LongestTransactionSeconds: 119,
  LongestIdleInTransactionSeconds: 59,
  LongestLockWaitSeconds: 9,
  XidAgeRatio: 0.49,
  DeadTupleRatio: 0.19,
  PartitionRunwayDays: 21,
  OperationStallSeconds: 599,
  UnavailableErrors: 4,
  OverloadErrors: 9,
  ConflictErrors: 1,
  FailedRequests: 0,
  UnhealthyResponses: 1,
  ServerErrors: 15,
  AcquireMs: 49,
  ReadMs: 99,
  InsertMsPer1000Rows: 99,
  // half of the rows of a small client are rejected
  RowsReceived: 99,
  RowsRejected: 50,
  // four of these were not sent by the functions
  '5xx': 19,
  '4xx': 49,
  Count: 100,
  Latency: 4999,
  Throttles: 0,
  Errors: 0,
  Duration: 22_000,
  AsyncEventsDropped: 0,
  InvocationDroppedCount: 0,
  NumberOfNotificationsFailed: 0,
  DestinationDeliveryFailures: 0,
  ApproximateNumberOfMessagesVisible: 0,
  AvailabilityPercentage: 99.5,
  DatabaseConnectionsBorrowLatency: 499_000,
  DatabaseConnectionsCurrentlySessionPinned: 9,
  DatabaseConnections: 100,
  ClientConnectionsSetupFailedAuth: 0,
  DatabaseConnectionsSetupFailed: 0,
  CPUUtilization: 69,
  FreeableMemory: 7 * GIB,
  ACUUtilization: 89,
  AuroraReplicaLag: 4999,
  Deadlocks: 0,
};

/** Everything at its worst, while the probe still reports. */
const BAD: History = {
  ...HEALTHY,
  ProbeUp: 0,
  PoolExhausted: 1,
  PoolUtilizationPercent: 85,
  ConnectionShare: 0.8,
  StatementAverageMs: 100,
  LongestTransactionSeconds: 120,
  LongestIdleInTransactionSeconds: 60,
  LongestLockWaitSeconds: 10,
  XidAgeRatio: 0.75,
  DeadTupleRatio: 0.2,
  PartitionRunwayDays: 20,
  OperationStallSeconds: 600,
  UnavailableErrors: 5,
  OverloadErrors: 10,
  FailedRequests: 5,
  AcquireMs: 50,
  ReadMs: 500,
  InsertMsPer1000Rows: 500,
  RowsReceived: 1000,
  RowsRejected: 50,
  ServerErrors: 20,
  '5xx': 200,
  '4xx': 50,
  Latency: 5000,
  Throttles: 10,
  Errors: 1,
  Duration: 22_400,
  AsyncEventsDropped: 1,
  InvocationDroppedCount: 1,
  NumberOfNotificationsFailed: 1,
  DestinationDeliveryFailures: 1,
  ApproximateNumberOfMessagesVisible: 1,
  AvailabilityPercentage: 99,
  DatabaseConnectionsBorrowLatency: 500_000,
  DatabaseConnectionsCurrentlySessionPinned: 10,
  ClientConnectionsSetupFailedAuth: 5,
  CPUUtilization: 70,
  FreeableMemory: 6 * GIB,
  ACUUtilization: 90,
  AuroraReplicaLag: 5000,
  // per second
  Deadlocks: 1,
};

const { ProbeUp: _, ...SILENT } = HEALTHY;

const HALF_MINUTE_MS = 30_000;
const HOUR = 120;
/** Counts that are sent once per minute; each metric here is sent once per half-minute, and Sum adds up two. */
const SUMS = new Set(
  alarms.flatMap(({ watches }) => watches.flatMap((one) => (one.statistic === 'Sum' ? [one.name] : []))),
);

/** Each metric once, however many alarms watch it. */
const watched = new Map(alarms.flatMap(({ watches }) => watches.map((one) => [keyOf(one), one] as const)));

/** Half an hour of health, then an hour of a history. @returns the alarms that were ever in ALARM in that hour */
async function everInAlarm(history: History): Promise<Set<string>> {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 12));
  const monitor = createMonitor({ ...ACCOUNT, resources: resources as Resource[], clock, print: () => undefined });
  monitor.start();
  const seen = new Set<string>();
  const halfMinute = async (values: History, nth: number, look: boolean) => {
    await clock.advance(400);
    const at = clock.now();
    for (const { namespace, name, dimensions } of watched.values()) {
      const value = values[name];
      // a count belongs to the minute, a rate to each sample
      if (value === undefined || (SUMS.has(name) && nth % 2 === 1)) continue;
      monitor.metrics.put([{ namespace, name, dimensions, timestamp: at, value: single(name, value), resolution: 1 }]);
    }
    await clock.advance(HALF_MINUTE_MS - 400);
    if (look)
      for (const { name, state, kind } of monitor.alarms.list())
        if (kind === 'metric' && state === 'ALARM') seen.add(name);
  };
  for (let nth = 0; nth < HOUR / 2; nth++) await halfMinute(HEALTHY, nth, false);
  for (let nth = 0; nth < HOUR; nth++) await halfMinute(history, nth, true);
  monitor.stop();
  return seen;
}

/** Twenty waits in a sample, so that they count. */
const single = (name: string, value: number) =>
  name === 'AcquireMs' ? Array.from({ length: 20 }, () => value) : value;

let healthy: Set<string>;
let bad: Set<string>;
let silent: Set<string>;
beforeAll(async () => {
  [healthy, bad, silent] = [await everInAlarm(HEALTHY), await everInAlarm(BAD), await everInAlarm(SILENT)];
});

describe.each(alarms.map(({ name }) => name.replace('tick-store-', '')))('%s', (name) => {
  test('enters ALARM at its limit', () => {
    expect([...bad, ...silent]).toContain(`tick-store-${name}`);
  });
  test('stays OK just below its limit', () => {
    expect([...healthy]).not.toContain(`tick-store-${name}`);
  });
});
