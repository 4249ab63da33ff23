import type { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { readThresholds } from '../../functions/contract/thresholds.ts';
import type { Database } from '../../functions/database/database.ts';
import { PendingSamples } from '../../functions/health/pending-samples.ts';
import { CloudWatchPlatform } from '../../functions/health/read-cloudwatch.ts';
import { sleepingHealth } from '../../functions/health/read-health.ts';
import type { Platform, Readings } from '../../functions/health/readings.ts';
import { type ProbeServices, takeSample } from '../../functions/health/take-sample.ts';
import { CallRecorder } from '../../functions/metrics/call-recorder.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import type { EmfLine } from '../support/metrics.ts';

/** A database that nobody may ask. */
const untouchable = new Proxy({} as Database, {
  get: () => {
    throw new TypeError('the database was asked');
  },
});

const noReadings: Readings = {
  cpuPercent: null,
  memoryUsedMb: null,
  freeableMemoryShare: null,
  diskReadMbPerSecond: null,
  diskWriteMbPerSecond: null,
  replicaLagSeconds: null,
  pinned: null,
  queryP95Ms: null,
  queryP99Ms: null,
  errors: null,
  timeouts: null,
};
const platformThat = (isSuspended: () => Promise<boolean>): Platform => ({
  isSuspended,
  readings: async () => noReadings,
});

function probeOf(changes: Partial<ProbeServices>) {
  const lines: string[] = [];
  const services: ProbeServices = {
    database: untouchable,
    recorder: new CallRecorder(),
    direct: null,
    pooler: null,
    platform: null,
    maySleep: false,
    pending: new PendingSamples(),
    thresholds: readThresholds(undefined),
    poolSize: { base: 20, max: 70 },
    emitter: { service: 'ticks', functionName: 'probe-health' },
    logger: createLogger((line) => void lines.push(line)),
    write: (line) => void lines.push(line),
    ...changes,
  };
  const metrics = () => lines.map((line) => JSON.parse(line) as EmfLine).find((line) => '_aws' in line);
  return { services, lines, metrics };
}

test('a paused database is not queried, only reported as suspended', async () => {
  const { services, metrics } = probeOf({ platform: platformThat(async () => true), maySleep: true });
  expect(await takeSample(services)).toEqual({ status: 'healthy', alerts: [] });
  expect(metrics()).toMatchObject({ ProbeUp: 1, ProbeSuspended: 1, HealthLevel: 0 });
  expect(await sleepingHealth(platformThat(async () => true))).toMatchObject({
    status: 'healthy',
    alerts: ['SUSPENDED: The database is paused until it is used'],
  });
});

test.each([
  ['is awake', async () => false],
  ['cannot be checked', async () => Promise.reject(new Error('throttled'))],
])('a database that %s is queried', async (_what, isSuspended) => {
  const { services, metrics } = probeOf({ platform: platformThat(isSuspended), maySleep: true });
  const { status, alerts } = await takeSample(services);
  // this one throws when it is asked, which is a fault of the probe's own and must not silence it
  expect(status).toBe('critical');
  expect(alerts).toEqual(['CRITICAL: Database unreachable: TypeError']);
  expect(metrics()).toMatchObject({ ProbeUp: 0, ProbeSuspended: 0 });
  expect(await sleepingHealth(platformThat(isSuspended))).toBeNull();
});

test('a database that cannot pause is queried without a check before', async () => {
  const asked: string[] = [];
  const platform = platformThat(async () => asked.push('suspended?') > 0);
  await takeSample(probeOf({ platform, maySleep: false }).services);
  expect(asked).toEqual([]);
});

test('the probe does not fail if the pooler console and CloudWatch fail', async () => {
  const { services, metrics, lines } = probeOf({
    pooler: () => Promise.reject(new Error('console')),
    platform: { isSuspended: async () => false, readings: () => Promise.reject(new Error('platform')) },
  });
  await takeSample(services);
  expect(metrics()).not.toHaveProperty('PoolInUse');
  expect(lines.join('\n')).toContain('no pooler console');
  expect(lines.join('\n')).toContain('no platform metrics');
});

test('the console is queried before the pool is used, and not waited for', async () => {
  const order: string[] = [];
  const database = new Proxy({} as Database, {
    get: () => async () => {
      order.push('database');
      throw new Error('enough');
    },
  });
  const quick = async () => {
    order.push('console');
    return { inUse: 1, idle: 0, waiting: 0, clients: 1, waitMicros: 0, transactions: 0 };
  };
  await takeSample(probeOf({ database, pooler: quick }).services);
  expect(order).toEqual(['console', 'database']);
  // a console that responds only once the database has been asked
  const asked = Promise.withResolvers<void>();
  const watched = new Proxy({} as Database, {
    get: (_, call) => {
      asked.resolve();
      return database[call as keyof Database];
    },
  });
  const { alerts } = await takeSample(probeOf({ database: watched, pooler: () => asked.promise.then(quick) }).services);
  expect(alerts).not.toEqual([]);
});

/** A CloudWatch that has these newest values by metric name. */
function cloudWatch(values: Record<string, number>) {
  const commands: GetMetricDataCommand['input'][] = [];
  const send = async ({ input }: GetMetricDataCommand) => {
    commands.push(input);
    return {
      MetricDataResults: input.MetricDataQueries?.map(({ Id, MetricStat }) => {
        const value = values[`${MetricStat?.Metric?.MetricName} ${MetricStat?.Stat}`];
        return { Id, Values: value === undefined ? [] : [value, -1] };
      }),
    };
  };
  const client = { send } as unknown as Pick<CloudWatchClient, 'send'>;
  const platform = new CloudWatchPlatform({ cluster: 'ticks', service: 'tick-store', memoryMb: 8192 }, client);
  return { platform, commands };
}

test.each([
  [{ 'ServerlessDatabaseCapacity Average': 0 }, true],
  [{ 'ServerlessDatabaseCapacity Average': 0.5 }, false],
  [{}, false],
])('CloudWatch’s %j means suspended: %j', async (values, suspended) => {
  const { platform, commands } = cloudWatch(values as Record<string, number>);
  expect(await platform.isSuspended(1000)).toBe(suspended);
  expect(commands[0]?.MetricDataQueries?.[0]?.MetricStat?.Metric).toEqual({
    Namespace: 'AWS/RDS',
    MetricName: 'ServerlessDatabaseCapacity',
    Dimensions: [{ Name: 'DBClusterIdentifier', Value: 'ticks' }],
  });
});

test('CloudWatch’s units are converted, and missing values are null', async () => {
  const { platform, commands } = cloudWatch({
    'CPUUtilization Average': 12.5,
    'FreeableMemory Minimum': 2 * 1024 ** 3,
    'ReadThroughput Average': 1024 ** 2,
    'AuroraReplicaLagMaximum Maximum': 250,
    'QueryMs p95': 8,
    'OverloadErrors Sum': 3,
  });
  expect(await platform.readings(1000)).toEqual({
    ...noReadings,
    cpuPercent: 12.5,
    memoryUsedMb: 6144,
    freeableMemoryShare: 0.25,
    diskReadMbPerSecond: 1,
    replicaLagSeconds: 0.25,
    queryP95Ms: 8,
    timeouts: 3,
  });
  expect(commands).toHaveLength(1);
});
