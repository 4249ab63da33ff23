import {
  apiMetrics,
  auroraMetrics,
  type Datum,
  keyOf,
  lambdaMetrics,
  metricAlarm,
  proxyMetrics,
  queueMetrics,
  type Resource,
  readEmf,
  STAYS_MISSING,
} from '@tick-store/local-cloud';
import { describe, expect, test } from 'vitest';
import { functionMetrics, METRICS, probeMetrics } from '../../functions/metrics/metric-catalogue.ts';
import { ACCOUNT, resourcesOf } from './support/monitor.ts';
import { BACKENDS, propertiesOf, stackOf } from './support/stacks.ts';

type Backend = (typeof BACKENDS)[number];

const named = (resources: readonly Resource[], type: string, property: string): string[] =>
  resources.filter((resource) => resource.type === type).map(({ properties }) => String(properties[property]));

const watchedOn = (backend: Backend) =>
  resourcesOf(backend)
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map((resource) => metricAlarm(resource, ACCOUNT))
    .flatMap(({ name, watches }) => watches.map((metric) => ({ alarm: name, ...metric })));

/** Everything in the catalogue, as the code writes it, for a service of the template's name. */
function emitted(functionNames: readonly string[]): Datum[] {
  const all = (source: 'probe' | 'function') =>
    Object.fromEntries(
      Object.entries(METRICS).flatMap(([name, metric]) => (metric.source === source ? [[name, 1]] : [])),
    );
  const lines = [
    probeMetrics(all('probe'), { service: 'tick-store', functionName: 'probe-health' }),
    ...functionNames.map((functionName) =>
      functionMetrics(all('function'), { service: 'tick-store', functionName, version: '1' }),
    ),
  ];
  return lines.flatMap((line) => {
    const reading = readEmf(line);
    if (reading.kind !== 'metrics') throw new Error(JSON.stringify(reading));
    return reading.data;
  });
}

/** Everything that AWS publishes by itself and the local cloud supplies, under the template's names. */
function native(backend: Backend): Datum[] {
  const resources = resourcesOf(backend);
  const functions = Object.values(propertiesOf(stackOf(backend).template, 'AWS::Lambda::Function')).filter(
    ({ FunctionName }) => FunctionName !== undefined,
  );
  const invocation = { alias: 'live', at: 0, outcome: 'success', durationMs: 1, concurrentExecutions: 1 } as const;
  const request = { apiId: 'local', stage: '$default', at: 0, status: 200, latencyMs: 1, integrationLatencyMs: 1 };
  const console = (count: string) => ({
    pools: [{ database: 'tick_store', sv_active: count }],
    stats: [{ database: 'tick_store', total_wait_time: count, total_xact_count: count }],
    lists: [],
  });
  const look = (at: number) => ({
    ...{ at, poolerPid: 1, databaseResponds: true, refusedLogins: 0 },
    console: console(String(at)),
  });
  const looked = (at: number) => ({ at, deadlocks: 0, statsReset: null, connections: 1 });
  return [
    ...functions.flatMap(({ FunctionName }) => lambdaMetrics({ ...invocation, functionName: FunctionName })),
    ...apiMetrics(request),
    ...named(resources, 'AWS::SQS::Queue', 'QueueName').flatMap((queue) =>
      queueMetrics(queue, { visible: 0, inFlight: 0, delayed: 0 }, 0),
    ),
    ...named(resources, 'AWS::RDS::DBProxy', 'DBProxyName').flatMap((proxyName) =>
      proxyMetrics({ proxyName, database: 'tick_store', maxConnections: 70 }, look(2), look(1)),
    ),
    ...named(resources, 'AWS::RDS::DBCluster', 'DBClusterIdentifier').flatMap((cluster) =>
      auroraMetrics(cluster, looked(2), looked(1)),
    ),
  ];
}

describe.each(BACKENDS)('on the backend %s', (backend) => {
  const functions = Object.values(propertiesOf(stackOf(backend).template, 'AWS::Lambda::Function')).filter(
    ({ FunctionName }) => FunctionName !== undefined,
  );
  const supplied = new Map(
    [
      ...emitted(functions.map(({ FunctionName }) => String(FunctionName).replace('tick-store-', ''))),
      ...native(backend),
    ].map((datum) => [keyOf(datum), datum]),
  );

  test('each metric that an alarm watches is sent with exactly those dimensions, or is listed as missing', () => {
    const blind = watchedOn(backend).filter(
      (metric) =>
        !supplied.has(keyOf(metric)) &&
        !(`${metric.namespace} ${metric.name}` in STAYS_MISSING) &&
        // AWS documents two names of the role; the local cloud sends one
        metric.dimensions['TargetRole'] !== 'READWRITE',
    );
    expect(blind.map(({ alarm, name, dimensions }) => ({ alarm, name, dimensions }))).toEqual([]);
  });

  test('a metric with a period under a minute has high resolution', () => {
    const short = watchedOn(backend).filter(({ periodSeconds }) => periodSeconds < 60);
    expect(short.length).toBeGreaterThan(0);
    for (const metric of short) expect(supplied.get(keyOf(metric))?.resolution, metric.alarm).toBe(1);
  });

  test('no metric that is sent is listed as missing', () => {
    const sent = new Set([...supplied.values()].map(({ namespace, name }) => `${namespace} ${name}`));
    expect(Object.keys(STAYS_MISSING).filter((name) => sent.has(name))).toEqual([]);
  });
});

test('every metric that is listed as missing is watched on some backend', () => {
  const watched = new Set(BACKENDS.flatMap(watchedOn).map(({ namespace, name }) => `${namespace} ${name}`));
  expect(Object.keys(STAYS_MISSING).filter((name) => !watched.has(name))).toEqual([]);
});
