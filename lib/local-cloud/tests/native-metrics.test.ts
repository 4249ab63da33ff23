import { describe, expect, test } from 'vitest';
import type { Datum } from '../cloudwatch/metrics/datum.ts';
import { apiMetrics } from '../cloudwatch/metrics/native/api-gateway.ts';
import { auroraMetrics } from '../cloudwatch/metrics/native/aurora.ts';
import { lambdaMetrics } from '../cloudwatch/metrics/native/lambda.ts';
import { type PoolerLook, proxyMetrics } from '../cloudwatch/metrics/native/rds-proxy.ts';

const valuesOf = (data: readonly Datum[], dimensions: Record<string, string>) =>
  Object.fromEntries(
    data
      .filter((datum) => JSON.stringify(datum.dimensions) === JSON.stringify(dimensions))
      .map(({ name, value }) => [name, value]),
  );

describe('Lambda', () => {
  const call = { functionName: 'tick-store-ingest', at: 1_000, durationMs: 12.5, concurrentExecutions: 3 };

  test('counts by function, and by alias if it was invoked by one', () => {
    const data = lambdaMetrics({ ...call, alias: 'live', outcome: 'error' });
    const expected = { Invocations: 1, Errors: 1, Throttles: 0, Duration: 12.5, ConcurrentExecutions: 3 };
    expect(valuesOf(data, { FunctionName: 'tick-store-ingest' })).toEqual(expected);
    expect(valuesOf(data, { FunctionName: 'tick-store-ingest', Resource: 'tick-store-ingest:live' })).toEqual(expected);
    expect(data).toHaveLength(10);
  });

  test('a throttled invocation counts only as a throttle', () => {
    expect(lambdaMetrics({ ...call, outcome: 'throttled' })).toEqual([
      {
        namespace: 'AWS/Lambda',
        name: 'Throttles',
        dimensions: { FunctionName: 'tick-store-ingest' },
        timestamp: 1_000,
        value: 1,
        unit: 'Count',
      },
    ]);
  });
});

describe('API Gateway', () => {
  test.each([
    [200, 0, 0],
    [404, 1, 0],
    [503, 0, 1],
  ])('a %d', (status, clientErrors, serverErrors) => {
    const data = apiMetrics({ apiId: 'a', stage: '$default', at: 0, status, latencyMs: 9, integrationLatencyMs: null });
    const expected = { Count: 1, '4xx': clientErrors, '5xx': serverErrors, Latency: 9 };
    expect(valuesOf(data, { ApiId: 'a' })).toEqual(expected);
    expect(valuesOf(data, { ApiId: 'a', Stage: '$default' })).toEqual(expected);
  });
});

describe('RDS Proxy, from PgBouncer', () => {
  const names = { proxyName: 'p', database: 'tick_store', maxConnections: 70 };
  const look = (at: number, wait: number, transactions: number, poolerPid = 1): PoolerLook => ({
    ...{ at, poolerPid },
    databaseResponds: true,
    console: {
      pools: [
        { database: 'tick_store', cl_active: '4', cl_waiting: '2', sv_active: '5', sv_idle: '3', sv_used: '1' },
        { database: 'tick_store', cl_active: '1', cl_waiting: '0', sv_active: '1', sv_login: '1' },
        { database: 'pgbouncer', cl_active: '1', sv_active: '9' },
      ],
      stats: [{ database: 'tick_store', total_wait_time: String(wait), total_xact_count: String(transactions) }],
    },
  });

  test('connections of all users of the database', () => {
    const data = proxyMetrics(names, look(0, 0, 0), null);
    expect(valuesOf(data, { ProxyName: 'p' })).toEqual({
      ClientConnections: 7,
      DatabaseConnections: 11,
      DatabaseConnectionsCurrentlyBorrowed: 7,
      MaxDatabaseConnectionsAllowed: 70,
    });
    const target = { ProxyName: 'p', TargetGroup: 'default', TargetRole: 'READ_WRITE' };
    expect(valuesOf(data, target)).toEqual({ AvailabilityPercentage: 100 });
  });

  test('the borrow latency is the wait per transaction since the previous sample', () => {
    const latency = (now: PoolerLook, before: PoolerLook) =>
      valuesOf(proxyMetrics(names, now, before), { ProxyName: 'p' })['DatabaseConnectionsBorrowLatency'];
    expect(latency(look(1, 5_000, 20), look(0, 1_000, 10))).toBe(400);
    // nobody came, or PgBouncer has begun anew
    expect(latency(look(1, 1_000, 10), look(0, 1_000, 10))).toBeUndefined();
    expect(latency(look(1, 50, 20), look(0, 1_000, 10))).toBeUndefined();
    // and has had more to do since than before, which its counters alone do not show
    expect(latency(look(1, 5_000, 20, 2), look(0, 1_000, 10, 1))).toBeUndefined();
  });

  test('refused logins are those since the previous sample, if they are counted', () => {
    const refused = (now: number, before?: number) =>
      valuesOf(
        proxyMetrics(
          names,
          { ...look(1, 0, 0), refusedLogins: now },
          before === undefined ? null : { ...look(0, 0, 0), refusedLogins: before },
        ),
        { ProxyName: 'p' },
      )['ClientConnectionsSetupFailedAuth'];
    expect(refused(5, 3)).toBe(2);
    expect(refused(5)).toBe(5);
  });

  test('without a response of the console only the availability is known', () => {
    const data = proxyMetrics(names, { at: 0, poolerPid: 1, console: null, databaseResponds: false }, null);
    expect(data.map(({ name, value }) => [name, value])).toEqual([['AvailabilityPercentage', 0]]);
  });
});

describe('Aurora, from Postgres', () => {
  const look = (at: number, deadlocks: number, statsReset = 'then') => ({ at, deadlocks, statsReset, connections: 9 });
  const rate = (now: ReturnType<typeof look>, before: ReturnType<typeof look> | null) =>
    valuesOf(auroraMetrics('c', now, before), { DBClusterIdentifier: 'c', Role: 'WRITER' })['Deadlocks'];

  test('deadlocks are a rate per second', () => {
    expect(rate(look(60_000, 9), look(0, 3))).toBe(0.1);
    expect(rate(look(60_000, 3), look(0, 3))).toBe(0);
  });

  test('which is unknown at the first sample and after a reset of the counters', () => {
    expect(rate(look(60_000, 9), null)).toBeUndefined();
    expect(rate(look(60_000, 9, 'now'), look(0, 3))).toBeUndefined();
    expect(rate(look(60_000, 1), look(0, 3))).toBeUndefined();
  });
});
