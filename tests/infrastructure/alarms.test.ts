import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { thresholdsSchema } from '../../functions/contract/thresholds.ts';
import {
  DIMENSION_SETS,
  functionMetrics,
  METRICS,
  NAMESPACE,
  probeMetrics,
} from '../../functions/metrics/metric-catalogue.ts';
import { allThresholds } from '../../lib/config/thresholds.ts';
import { BACKENDS, CONFIGS, propertiesOf, type Resource, stackOf, synthesise } from './support/stacks.ts';

/** An alarm in a line: what it watches, when it enters ALARM, how long it looks, and what it makes of no data. */
interface Described {
  readonly watches: string;
  readonly when: string;
  readonly looks: string;
  readonly missing: string;
}

const OPERATORS: Record<string, string> = {
  GreaterThanOrEqualToThreshold: '>=',
  LessThanOrEqualToThreshold: '<=',
};

function describeAlarm(alarm: Resource): Described {
  const expression = alarm.Metrics?.find((metric: Resource) => metric.Expression)?.Expression;
  const metrics = metricsIn(alarm);
  const watched = metrics.map(({ id, text }) => (id ? `${id}=${text}` : text)).join(', ');
  return {
    watches: expression ? `${expression}; ${watched}` : watched,
    when: `${OPERATORS[alarm.ComparisonOperator]} ${alarm.Threshold}`,
    looks: `${alarm.DatapointsToAlarm}/${alarm.EvaluationPeriods} x ${metrics[0]?.period} s`,
    missing: alarm.TreatMissingData,
  };
}

interface WatchedMetric {
  readonly id: string;
  readonly text: string;
  readonly period: number;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

function metricsIn(alarm: Resource): WatchedMetric[] {
  const text = (namespace: string, name: string, statistic: string, dimensions: Resource[]) =>
    `${namespace} ${name} ${statistic} (${dimensions.map(({ Name }) => Name).join(' ')})`;
  if (!alarm.Metrics) {
    const statistic = alarm.Statistic ?? alarm.ExtendedStatistic;
    const described = text(alarm.Namespace, alarm.MetricName, statistic, alarm.Dimensions);
    return [
      {
        id: '',
        text: described,
        period: alarm.Period,
        name: alarm.MetricName,
        namespace: alarm.Namespace,
        dimensions: alarm.Dimensions,
      },
    ];
  }
  return alarm.Metrics.filter((metric: Resource) => metric.MetricStat).map(({ Id, MetricStat }: Resource) => {
    const { Metric, Stat, Period } = MetricStat;
    return {
      id: Id,
      text: text(Metric.Namespace, Metric.MetricName, Stat, Metric.Dimensions),
      period: Period,
      name: Metric.MetricName,
      namespace: Metric.Namespace,
      dimensions: Metric.Dimensions,
    };
  });
}

const alarmsOf = (template: Template): Record<string, Resource> =>
  Object.fromEntries(
    Object.values(propertiesOf(template, 'AWS::CloudWatch::Alarm')).map((alarm) => [
      String(alarm.AlarmName).replace('tick-store-', ''),
      alarm,
    ]),
  );

const MINUTES = ['3/5 x 60 s', '2/5 x 60 s'];
const HALF_MINUTES = ['3/5 x 60 s', '2/5 x 30 s'];
const ONE_MINUTE = ['1/3 x 60 s', '1/3 x 60 s'];
const FIVE_MINUTES = ['1/1 x 300 s', '1/1 x 300 s'];
const SLOW = ['2/3 x 300 s', '2/3 x 300 s'];

type Row = [id: string, watches: string, warning: string, critical: string, looks: string[]];

const OURS: Row[] = [
  ['pool-utilization', 'TickStore PoolUtilizationPercent Maximum (Service)', '>= 70', '>= 85', HALF_MINUTES],
  ['acquire-time', 'TickStore PoolAcquireMs Average (Service)', '>= 50', '>= 200', HALF_MINUTES],
  ['function-acquire-time', 'TickStore AcquireMs Average (Service)', '>= 50', '>= 200', MINUTES],
  ['statement-time', 'TickStore StatementAverageMs Average (Service)', '>= 100', '>= 500', MINUTES],
  ['query-time', 'TickStore QueryMs Average (Service)', '>= 100', '>= 500', MINUTES],
  ['connection-share', 'TickStore ConnectionShare Maximum (Service)', '>= 0.8', '>= 0.9', MINUTES],
  ['long-transaction', 'TickStore LongestTransactionSeconds Maximum (Service)', '>= 120', '>= 600', MINUTES],
  ['idle-in-transaction', 'TickStore LongestIdleInTransactionSeconds Maximum (Service)', '>= 60', '>= 300', MINUTES],
  ['lock-wait', 'TickStore LongestLockWaitSeconds Maximum (Service)', '>= 10', '>= 30', MINUTES],
  ['deadlocks', 'TickStore Deadlocks Sum (Service)', '>= 1', '>= 10', FIVE_MINUTES],
  ['dead-tuples', 'TickStore DeadTupleRatio Maximum (Service)', '>= 0.2', '>= 0.5', SLOW],
  ['transaction-id-age', 'TickStore XidAgeRatio Maximum (Service)', '>= 0.5', '>= 0.75', SLOW],
  ['replica-lag', 'TickStore ReplicaLagSeconds Maximum (Service)', '>= 5', '>= 30', MINUTES],
  ['partition-runway', 'TickStore PartitionRunwayDays Minimum (Service)', '<= 20', '<= 7', SLOW],
  ['default-partition', 'TickStore DefaultPartitionRows Maximum (Service)', '>= 1', '>= 100000', SLOW],
  [
    'rejected-rows',
    'IF(received > 0, rejected / received, 0); received=TickStore RowsReceived Sum (Service), rejected=TickStore RowsRejected Sum (Service)',
    '>= 0.05',
    '>= 0.25',
    SLOW,
  ],
  ['overload', 'TickStore OverloadErrors Sum (Service)', '>= 1', '>= 10', ONE_MINUTE],
  ['unavailable', 'TickStore UnavailableErrors Sum (Service)', '>= 1', '>= 5', ONE_MINUTE],
  [
    'api-errors',
    'IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0); requests=AWS/ApiGateway Count Sum (ApiId), errors=AWS/ApiGateway 5xx Sum (ApiId)',
    '>= 1',
    '>= 5',
    MINUTES,
  ],
  ['api-latency', 'AWS/ApiGateway Latency p99 (ApiId)', '>= 2000', '>= 10000', MINUTES],
  ['dead-letters', 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum (QueueName)', '>= 1', '>= 10', FIVE_MINUTES],
];

const PROXY: Row[] = [
  [
    'proxy-utilization',
    '100 * borrowed / allowed; borrowed=AWS/RDS DatabaseConnectionsCurrentlyBorrowed Sum (ProxyName), allowed=AWS/RDS MaxDatabaseConnectionsAllowed Sum (ProxyName)',
    '>= 70',
    '>= 85',
    MINUTES,
  ],
  [
    'proxy-borrow-latency',
    'AWS/RDS DatabaseConnectionsBorrowLatency Average (ProxyName)',
    '>= 200000',
    '>= 1000000',
    MINUTES,
  ],
  [
    'proxy-pinned',
    '100 * FILL(pinned, 0) / connections; pinned=AWS/RDS DatabaseConnectionsCurrentlySessionPinned Sum (ProxyName), connections=AWS/RDS DatabaseConnections Sum (ProxyName)',
    '>= 5',
    '>= 10',
    MINUTES,
  ],
  [
    'proxy-setup-failures',
    'FILL(refused, 0) + FILL(failed, 0); refused=AWS/RDS ClientConnectionsSetupFailedAuth Sum (ProxyName), failed=AWS/RDS DatabaseConnectionsSetupFailed Sum (ProxyName)',
    '>= 1',
    '>= 10',
    FIVE_MINUTES,
  ],
  [
    'proxy-availability',
    'AWS/RDS AvailabilityPercentage Average (ProxyName TargetGroup TargetRole)',
    '<= 99.9',
    '<= 95',
    MINUTES,
  ],
];

/** 16 ACU of 2 GiB. */
const MEMORY = 16 * 2 * 1024 ** 3;

const AURORA: Row[] = [
  ['aurora-cpu', 'AWS/RDS CPUUtilization Average (DBClusterIdentifier Role)', '>= 70', '>= 85', MINUTES],
  [
    'aurora-memory',
    'AWS/RDS FreeableMemory Minimum (DBClusterIdentifier Role)',
    `<= ${MEMORY / 5}`,
    `<= ${MEMORY / 10}`,
    MINUTES,
  ],
  ['aurora-capacity', 'AWS/RDS ACUUtilization Maximum (DBClusterIdentifier)', '>= 80', '>= 95', SLOW],
  [
    'aurora-deadlocks',
    'rate * 300; rate=AWS/RDS Deadlocks Average (DBClusterIdentifier Role)',
    '>= 1',
    '>= 10',
    FIVE_MINUTES,
  ],
  ['aurora-replica-lag', 'AWS/RDS AuroraReplicaLag Maximum (DBClusterIdentifier Role)', '>= 5000', '>= 30000', MINUTES],
];

/** Reserved concurrency by function; two or fewer executions say nothing by being busy. */
const FUNCTIONS: Record<string, number> = {
  ingest: 40,
  delete: 5,
  restore: 5,
  read: 50,
  'reference-data': 5,
  health: 5,
  'probe-health': 2,
  'maintain-partitions': 1,
};
const TIMEOUTS: Record<string, number> = { 'probe-health': 60_000, 'maintain-partitions': 300_000 };

const LAMBDA: Row[] = Object.entries(FUNCTIONS).flatMap(([name, concurrency]): Row[] => {
  const timeout = TIMEOUTS[name] ?? 28_000;
  const rows: Row[] = [
    [`${name}-errors`, 'AWS/Lambda Errors Sum (FunctionName)', '>= 1', '>= 5', FIVE_MINUTES],
    [`${name}-throttles`, 'AWS/Lambda Throttles Sum (FunctionName)', '>= 1', '>= 50', FIVE_MINUTES],
    [
      `${name}-duration`,
      'AWS/Lambda Duration p99 (FunctionName)',
      `>= ${timeout * 0.7}`,
      `>= ${timeout * 0.9}`,
      MINUTES,
    ],
  ];
  if (concurrency <= 2) return rows;
  const executions = 'AWS/Lambda ConcurrentExecutions Maximum (FunctionName)';
  return [...rows, [`${name}-concurrency`, executions, `>= ${concurrency * 0.8}`, `>= ${concurrency * 0.95}`, MINUTES]];
});

const EXPECTED = {
  proxy: [...OURS, ...PROXY, ...AURORA, ...LAMBDA],
  'data-api': [...OURS, ...AURORA, ...LAMBDA],
  neon: [...OURS, ...LAMBDA],
  postgres: [...OURS, ...LAMBDA],
};

/** The two that are there for themselves: no setting of a threshold, one severity. */
const LIVENESS: Record<string, Described> = {
  'probe-up-critical': {
    watches: 'TickStore ProbeUp Maximum (Service)',
    when: '<= 0',
    looks: '1/3 x 30 s',
    missing: 'ignore',
  },
  'probe-heartbeat-critical': {
    watches: 'TickStore ProbeUp SampleCount (Service)',
    when: '<= 0',
    looks: '3/3 x 60 s',
    missing: 'breaching',
  },
};

describe.each(BACKENDS)('on the backend %s', (backend) => {
  const alarms = alarmsOf(stackOf(backend).template);

  test('each alarm watches what it should, when it should', () => {
    const expected = EXPECTED[backend].flatMap(([id, watches, warning, critical, looks]) =>
      [warning, critical].map((when, i) => [
        `${id}-${i === 0 ? 'warning' : 'critical'}`,
        { watches, when, looks: looks[i], missing: 'notBreaching' },
      ]),
    );
    const actual = Object.fromEntries(Object.entries(alarms).map(([name, alarm]) => [name, describeAlarm(alarm)]));
    expect(actual).toEqual({ ...LIVENESS, ...Object.fromEntries(expected) });
  });

  test('no alarm pages by itself, for the composites do', () => {
    for (const alarm of Object.values(alarms)) {
      expect(alarm.ActionsEnabled).toBe(false);
      expect(alarm.AlarmActions ?? []).toEqual([]);
      expect(alarm.OKActions ?? []).toEqual([]);
    }
  });

  test('each alarm says what to do first and links to its section of the runbook', async () => {
    const { readFileSync } = await import('node:fs');
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    for (const [name, alarm] of Object.entries(alarms)) {
      const [, section] = /Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(alarm.AlarmDescription) ?? [];
      expect(runbook, name).toContain(`\n## ${section}\n`);
      expect(alarm.AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });
});

describe('the composites', () => {
  const { template } = stackOf('proxy');
  const composites = Object.entries(propertiesOf(template, 'AWS::CloudWatch::CompositeAlarm'));
  const named = (name: string) => {
    const found = composites.find(([, composite]) => composite.AlarmName === name);
    if (!found) throw new Error(`no ${name}`);
    return { id: found[0], ...found[1] };
  };
  const topicIds = Object.fromEntries(
    Object.entries(propertiesOf(template, 'AWS::SNS::Topic')).map(([id, topic]) => [topic.TopicName, id]),
  );

  test.each(['warning', 'critical'])(
    'database-%s holds every alarm of its severity, and notifies its topic of both changes',
    (severity) => {
      const composite = named(`tick-store-database-${severity}`);
      const logicalIds = JSON.stringify(composite.AlarmRule).match(/Alarms[A-Za-z0-9]+(?=","Arn)/g) ?? [];
      const ofSeverity = Object.entries(propertiesOf(template, 'AWS::CloudWatch::Alarm'))
        .filter(([, alarm]) => alarm.AlarmName.endsWith(`-${severity}`))
        .map(([id]) => id);
      expect(new Set(logicalIds)).toEqual(new Set(ofSeverity));
      expect(ofSeverity.length).toBeLessThanOrEqual(100);
      const topic = [{ Ref: topicIds[`tick-store-${severity}`] }];
      expect(composite.AlarmActions).toEqual(topic);
      expect(composite.OKActions).toEqual(topic);
      expect(composite.ActionsEnabled).not.toBe(false);
    },
  );

  test('a warning is suppressed during a critical', () => {
    const { id } = named('tick-store-database-critical');
    expect(named('tick-store-database-warning')).toMatchObject({
      ActionsSuppressor: { 'Fn::GetAtt': [id, 'Arn'] },
      ActionsSuppressorWaitPeriod: 60,
      ActionsSuppressorExtensionPeriod: 900,
    });
    expect(named('tick-store-database-critical').ActionsSuppressor).toBeUndefined();
  });

  test('a rule stays under the 10,240 characters that CloudWatch takes, even with the longest name of a service', () => {
    const service = { name: 'a'.repeat(24) };
    const long = synthesise({ ...CONFIGS.proxy, service }).template;
    for (const { AlarmRule } of Object.values(propertiesOf(long, 'AWS::CloudWatch::CompositeAlarm'))) {
      const children = JSON.stringify(AlarmRule).match(/"Arn"/g)?.length ?? 0;
      const arn = `ALARM("arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:${'a'.repeat(24)}-maintain-partitions-throttles-critical") OR `;
      expect(children * arn.length).toBeLessThan(10_240);
    }
  });
});

test('nobody is paged before there is something to page of: the probe runs before the heartbeat and the composites are made', () => {
  const resources = stackOf('proxy').template.toJSON()['Resources'];
  const probe = Object.keys(resources).find(
    (id) =>
      resources[id].Properties?.Name === 'tick-store-probe-health' && resources[id].Type === 'AWS::Scheduler::Schedule',
  );
  const waiting = ['probe-heartbeat-critical', 'database-critical', 'database-warning'].map((name) =>
    Object.values<Resource>(resources).find(({ Properties }) => Properties?.AlarmName === `tick-store-${name}`),
  );
  for (const alarm of waiting) expect([alarm.DependsOn].flat()).toContain(probe);
});

test('the heartbeat stays silent while a first deployment settles', () => {
  const { 'probe-heartbeat-critical': heartbeat } = alarmsOf(stackOf('proxy').template);
  expect(heartbeat.WarmUpConfiguration).toEqual({
    WarmUpPeriodDurationInMinutes: 15,
    OnlyStartEvaluatingAfterWarmUpPeriodEnds: false,
  });
});

test("RDS Proxy's availability is watched under the only dimensions that it has", () => {
  const { 'proxy-availability-critical': alarm } = alarmsOf(stackOf('proxy').template);
  expect(alarm.Dimensions).toContainEqual({ Name: 'TargetGroup', Value: 'default' });
  expect(alarm.Dimensions).toContainEqual({ Name: 'TargetRole', Value: 'READ_WRITE' });
});

describe('what the code emits and what the template watches', () => {
  /** Everything in the catalogue, as the code writes it for this deployment. */
  const emitted = (() => {
    const sets = new Map<string, { dimensions: Record<string, string>[]; resolution: number }>();
    const emitter = { service: 'tick-store', functionName: 'ingest' };
    const values = (source: 'probe' | 'function') =>
      Object.fromEntries(
        Object.entries(METRICS)
          .filter(([, m]) => m.source === source)
          .map(([name]) => [name, 1]),
      );
    for (const line of [probeMetrics(values('probe'), emitter), functionMetrics(values('function'), emitter)]) {
      const event = JSON.parse(line);
      for (const directive of event._aws.CloudWatchMetrics) {
        const dimensions = directive.Dimensions.map((names: string[]) =>
          Object.fromEntries(names.map((name) => [name, event[name]])),
        );
        for (const { Name, StorageResolution } of directive.Metrics)
          sets.set(`${directive.Namespace} ${Name}`, { dimensions, resolution: StorageResolution });
      }
    }
    return sets;
  })();
  const watched = Object.values(alarmsOf(stackOf('proxy').template)).flatMap(metricsIn);
  const ours = watched.filter(({ namespace }) => namespace === NAMESPACE);

  test('are the same metrics, under the same dimensions with the same values', () => {
    expect(ours.length).toBeGreaterThan(30);
    for (const { namespace, name, dimensions } of ours) {
      const set = Object.fromEntries(dimensions.map(({ Name, Value }: Resource) => [Name, Value]));
      expect(emitted.get(`${namespace} ${name}`)?.dimensions, name).toContainEqual(set);
    }
  });

  test('an alarm that looks more often than each minute has a metric that is stored as often', () => {
    for (const { namespace, name, period } of ours)
      if (period < 60) expect(emitted.get(`${namespace} ${name}`)?.resolution, name).toBe(1);
  });

  test('every metric that the catalogue gives a threshold is watched', () => {
    // its share is of the ledger, in which a batch that was refused whole is not; rejected-rows counts those too
    const elsewhere = ['RejectedRowShare'];
    const names = new Set(ours.map(({ name }) => name));
    for (const [name, metric] of Object.entries(METRICS))
      if ('threshold' in metric && !elsewhere.includes(name)) expect(names, name).toContain(name);
  });

  test('every function gets the name of the service that the alarms look for', () => {
    for (const { Environment, FunctionName } of Object.values(
      propertiesOf(stackOf('proxy').template, 'AWS::Lambda::Function'),
    )) {
      if (!FunctionName || FunctionName === 'tick-store-migrate') continue;
      expect(Environment.Variables.SERVICE_NAME).toBe('tick-store');
    }
  });

  test('dimension sets hold the service alone for what alarms watch', () => {
    for (const sets of Object.values(DIMENSION_SETS)) expect(sets[0]).toEqual(['Service']);
  });
});

describe('thresholds', () => {
  test('each setting reaches an alarm, the lines of the dashboard and, where it judges, the probe', () => {
    const shifted = Object.fromEntries(
      Object.entries(allThresholds.parse({})).map(([name, { warning, critical }]) => [
        name,
        // a different value that is in range either way
        {
          warning: warning < critical ? warning * 1.01 : warning * 0.99,
          critical: warning < critical ? critical * 1.01 : critical * 0.99,
        },
      ]),
    );
    for (const name of [
      'deadlocks',
      'defaultPartitionRows',
      'connectionSetupFailures',
      'functionErrors',
      'functionThrottles',
      'overloadErrors',
      'unavailableErrors',
      'deadLetters',
    ])
      shifted[name] = { warning: 3, critical: 33 };
    const thresholds = allThresholds.parse({ ...shifted, proxyAvailabilityPercent: { warning: 99.5, critical: 94 } });
    const { template } = synthesise({ ...CONFIGS.proxy, thresholds });
    const before = alarmsOf(stackOf('proxy').template);
    for (const [name, alarm] of Object.entries(alarmsOf(template)))
      if (!(name in LIVENESS)) expect(alarm.Threshold, name).not.toBe(before[name].Threshold);

    const [dashboard] = Object.values(propertiesOf(template, 'AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard.DashboardBody);
    for (const value of [
      thresholds.poolUtilizationPercent.warning,
      thresholds.cpuPercent.critical,
      thresholds.apiLatencyMs.critical,
    ])
      expect(body).toContain(`\\"value\\":${value},`);

    const probe = Object.values(propertiesOf(template, 'AWS::Lambda::Function')).find(
      ({ FunctionName }) => FunctionName === 'tick-store-probe-health',
    );
    expect(thresholdsSchema.parse(JSON.parse(probe?.Environment.Variables.THRESHOLDS))).toEqual(
      thresholdsSchema.parse(
        Object.fromEntries(
          Object.keys(thresholdsSchema.shape).map((name) => [name, thresholds[name as keyof typeof thresholds]]),
        ),
      ),
    );
  });
});
