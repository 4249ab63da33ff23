import { expect, test } from 'vitest';
import { readThresholds, thresholdsSchema } from '../../functions/contract/thresholds.ts';
import { analyse } from '../../functions/health/analyse-sample.ts';
import { sampleMetrics } from '../../functions/health/sample-metrics.ts';
import { callMetrics } from '../../functions/metrics/call-recorder.ts';
import {
  functionMetrics,
  METRICS,
  type MetricDefinition,
  probeMetrics,
} from '../../functions/metrics/metric-catalogue.ts';
import { sampleOf } from '../support/health.ts';
import type { EmfLine } from '../support/metrics.ts';

const emitter = { service: 'ticks', functionName: 'ingest' };
const parsed = (line: string) => JSON.parse(line) as EmfLine;

/** CloudWatch's Embedded Metric Format Specification, as far as it says must. */
function assertFollowsTheSpecification(line: string): void {
  expect(line).not.toContain('\n');
  expect(Buffer.byteLength(line)).toBeLessThan(1_000_000);
  const root = parsed(line);
  expect(Number.isInteger(root._aws.Timestamp)).toBe(true);
  expect(Math.abs(Date.now() - root._aws.Timestamp)).toBeLessThan(60_000);
  for (const { Namespace, Dimensions, Metrics } of root._aws.CloudWatchMetrics) {
    expect(Namespace).toBe('TickStore');
    expect(Metrics.length).toBeLessThanOrEqual(100);
    for (const set of Dimensions) {
      expect(set.length).toBeLessThanOrEqual(30);
      for (const name of set) {
        expect(root[name]).toBeTypeOf('string');
        expect(root[name].length).toBeLessThanOrEqual(1024);
        expect(root[name].length).toBeGreaterThan(0);
      }
    }
    for (const { Name, Unit, StorageResolution } of Metrics) {
      const target: unknown = root[Name];
      const values = Array.isArray(target) ? target : [target];
      expect(values.length).toBeGreaterThan(0);
      expect(values.length).toBeLessThanOrEqual(100);
      for (const value of values) expect(Number.isFinite(value)).toBe(true);
      expect(Unit).toBe(METRICS[Name as keyof typeof METRICS].unit);
      expect([undefined, 1, 60]).toContain(StorageResolution);
    }
  }
}

test('the catalogue keeps within the specification', () => {
  for (const source of ['probe', 'function'] as const) {
    const own = Object.values<MetricDefinition>(METRICS).filter((metric) => metric.source === source);
    expect(own.length).toBeLessThanOrEqual(100);
  }
  for (const [name, { threshold, unit }] of Object.entries<MetricDefinition>(METRICS)) {
    expect(name).toMatch(/^[A-Z][A-Za-z0-9]+$/);
    if (threshold !== undefined) expect(Object.keys(thresholdsSchema.shape)).toContain(threshold);
    if (/Ms(Per1000Rows)?$/.test(name)) expect(unit).toBe('Milliseconds');
    if (name.endsWith('Seconds')) expect(unit).toBe('Seconds');
    if (name.endsWith('Percent')) expect(unit).toBe('Percent');
  }
});

test('a line of an invocation follows the specification', () => {
  const line = functionMetrics({ AcquireMs: [1, 2.5], TotalMs: 12, Retries: 0 }, emitter, { requestId: 'r-1' });
  assertFollowsTheSpecification(line);
  expect(parsed(line)).toMatchObject({
    requestId: 'r-1',
    Service: 'ticks',
    Function: 'ingest',
    AcquireMs: [1, 2.5],
    TotalMs: 12,
    Retries: 0,
  });
  expect(parsed(line)._aws.CloudWatchMetrics).toEqual([
    {
      Namespace: 'TickStore',
      Dimensions: [['Service']],
      Metrics: [
        { Name: 'AcquireMs', Unit: 'Milliseconds' },
        { Name: 'TotalMs', Unit: 'Milliseconds' },
        { Name: 'Retries', Unit: 'Count' },
      ],
    },
  ]);
});

test('a line of a sample follows the specification, and has the probe’s dimensions', () => {
  const sample = sampleOf();
  const line = probeMetrics(sampleMetrics(sample, analyse(sample, readThresholds(undefined)).status, 20), emitter);
  assertFollowsTheSpecification(line);
  expect(parsed(line)._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['Service']]);
  expect(parsed(line)).not.toHaveProperty('Function');
  expect(parsed(line)).toMatchObject({ ProbeUp: 1, PoolUtilizationPercent: 10, PartitionRunwayDays: 60 });
});

test('a complete sample emits exactly the metrics of the probe', () => {
  const sample = sampleOf({ database: { replicaLagSeconds: 1 } });
  const line = parsed(probeMetrics(sampleMetrics(sample, 'healthy', 20), emitter));
  const names = line._aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name) ?? [];
  const catalogue = Object.entries<MetricDefinition>(METRICS).filter(([, metric]) => metric.source === 'probe');
  // the run adds it: a sample does not have it
  expect([...names, 'OperationStallSeconds'].sort()).toEqual(catalogue.map(([name]) => name).sort());
});

test('unknown values are not sent, neither as zero nor as null', () => {
  const line = probeMetrics({ ProbeUp: 0, PoolInUse: null, RoundTripMs: Number.NaN, PoolAcquireMs: [] }, emitter);
  assertFollowsTheSpecification(line);
  expect(parsed(line)._aws.CloudWatchMetrics[0]?.Metrics.map(({ Name }) => Name)).toEqual(['ProbeUp']);
  for (const name of ['PoolInUse', 'RoundTripMs', 'PoolAcquireMs']) expect(parsed(line)).not.toHaveProperty(name);
});

test('more than 100 values are reduced to 100, from the least to the greatest', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 999 - i);
  const line = functionMetrics({ QueryMs: values }, emitter);
  assertFollowsTheSpecification(line);
  const sent: number[] = parsed(line)['QueryMs'];
  expect(sent).toHaveLength(100);
  expect([sent[0], sent[99]]).toEqual([0, 999]);
  const median = sent[50] as number;
  expect(Math.abs(median - 500)).toBeLessThan(10);
});

test('a suspended database is reported as up and suspended', () => {
  const sample = sampleOf({ probe: { up: false, suspended: true } });
  expect(sampleMetrics(sample, 'healthy', 5)).toMatchObject({ ProbeUp: 1, ProbeSuspended: 1, HealthLevel: 0 });
});

test('calls become distributions, by the purpose of the query', () => {
  const values = callMetrics([
    { statements: ['load-instruments'], acquireMs: 12.3456, ms: 1.5, retries: 0 },
    { statements: ['insert-batch', 'copy'], acquireMs: 2, ms: 30, retries: 1 },
    {
      statements: ['insert-batch', 'insert-new-ticks', 'settle-ticks', 'find-receipt'],
      acquireMs: 1,
      ms: 20,
      retries: 0,
    },
    { statements: ['latest-ticks'], acquireMs: null, ms: 3, retries: 0 },
    { statements: ['insert-operation', 'delete-by-ids', 'delete-by-ids'], acquireMs: 1, ms: 9, retries: 2 },
    { statements: ['insert-operation', 'restore-by-operation'], acquireMs: 1, ms: 8, retries: 0 },
    { statements: ['list-ticks'], acquireMs: null, ms: 7, retries: 0 },
    { statements: ['insert-batch', 'copy'], acquireMs: null, ms: 6, retries: 0, error: 'constraint' },
  ]);
  expect(values).toEqual({
    AcquireMs: [12.346, 2, 1, 1, 1],
    QueryMs: [1.5, 30, 20, 3, 9, 8, 7, 6],
    ReadMs: [1.5, 3, 7],
    Retries: 3,
    BulkInsertMs: [30, 20],
    SelectLatestMs: [3],
    SoftDeleteMs: [9],
    RestoreMs: [8],
    SelectMs: [7],
  });
});
