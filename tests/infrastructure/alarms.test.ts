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

/** The alarms of the default configuration, by what they watch: a change of the catalogue shows here. */
describe.each(BACKENDS)('on the backend %s', (backend) => {
  const { template } = stackOf(backend);
  const alarms = alarmsOf(template);
  const composites = Object.values(propertiesOf(template, 'AWS::CloudWatch::CompositeAlarm'));

  test('there are at most 60 alarms, including composites', () => {
    expect(Object.keys(alarms).length + composites.length).toBeLessThanOrEqual(60);
  });

  test('each alarm stays in ALARM for longer than it takes to enter it, so that it does not flap', () => {
    for (const [name, alarm] of Object.entries(alarms)) {
      const { DatapointsToAlarm: datapoints, EvaluationPeriods: periods } = alarm;
      const isSilence = alarm.TreatMissingData === 'breaching';
      if (!isSilence) expect(periods, name).toBeGreaterThanOrEqual(3 * datapoints);
    }
  });

  test('a critical alarm pages itself or by its own composite, and a warning never does', () => {
    // a rule is ALARM(its own alarm) AND NOT (its cause)
    const pageRules = composites
      .filter(({ AlarmName }) => AlarmName.endsWith('-page'))
      .map((one) => JSON.stringify(one.AlarmRule));
    const firstAlarm = (rule: string) => rule.indexOf('Alarms');
    const idOf = Object.fromEntries(
      Object.entries(propertiesOf(template, 'AWS::CloudWatch::Alarm')).map(([id, { AlarmName }]) => [AlarmName, id]),
    );
    for (const [name, alarm] of Object.entries(alarms)) {
      const pages = (alarm.AlarmActions ?? []).length;
      const byComposite =
        pageRules.filter((rule) => rule.indexOf(String(idOf[`tick-store-${name}`])) === firstAlarm(rule)).length > 0;
      // told past the pager as well, which may be what failed
      if (name === 'undelivered-pages-critical') expect(pages, name).toBe(2);
      else if (name === 'release-failing-critical') expect(pages + Number(byComposite), name).toBe(0);
      else if (name.endsWith('-critical')) expect(pages + Number(byComposite), name).toBe(1);
      else expect(pages, name).toBe(0);
    }
  });

  test('a suppressed alarm has one suppressor, waits at most 20 s for it, and is not a cause of the database', () => {
    for (const { AlarmName, ActionsSuppressor, ActionsSuppressorWaitPeriod } of composites) {
      if (ActionsSuppressor === undefined) continue;
      expect(ActionsSuppressorWaitPeriod, AlarmName).toBeLessThanOrEqual(20);
      expect(AlarmName).not.toMatch(/database-unreachable|probe-silent/);
    }
  });

  test('each alarm says what to do first and links to its section of the runbook', async () => {
    const { readFileSync } = await import('node:fs');
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const paging = [...Object.values(alarms), ...composites.filter(({ AlarmActions }) => AlarmActions)];
    for (const { AlarmName, AlarmDescription } of paging) {
      const [, section] = /Runbook: https:\/\/wiki\.example\.com\/runbook#([a-z0-9-]+)$/.exec(AlarmDescription) ?? [];
      expect(sections, AlarmName).toContain(section);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });
});

test('a rule stays under CloudWatch’s limit of 10,240 characters, even with the longest service name', () => {
  const service = { name: 'a'.repeat(24) };
  const long = synthesise({ ...CONFIGS.proxy, service }).template;
  for (const { AlarmRule } of Object.values(propertiesOf(long, 'AWS::CloudWatch::CompositeAlarm'))) {
    const children = JSON.stringify(AlarmRule).match(/"Arn"/g)?.length ?? 0;
    const arn = `ALARM("arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:${'a'.repeat(24)}-requests-unavailable-critical") OR `;
    expect(children * arn.length).toBeLessThan(10_240);
  }
});

test('a first deployment pages nobody, because the probe runs before the pager is created', () => {
  const resources = stackOf('proxy').template.toJSON()['Resources'];
  const probe = Object.keys(resources).find(
    (id) =>
      resources[id].Properties?.Name === 'tick-store-probe-health' && resources[id].Type === 'AWS::Scheduler::Schedule',
  );
  const waiting = ['probe-silent-critical', 'database-unreachable-critical', 'slow-warning'].map((name) =>
    Object.values<Resource>(resources).find(({ Properties }) => Properties?.AlarmName === `tick-store-${name}`),
  );
  for (const alarm of waiting) expect([alarm.DependsOn].flat()).toContain(probe);
});

test('the heartbeat stays silent while a first deployment settles', () => {
  const { 'probe-silent-critical': heartbeat } = alarmsOf(stackOf('proxy').template);
  expect(heartbeat.WarmUpConfiguration).toEqual({
    WarmUpPeriodDurationInMinutes: 15,
    OnlyStartEvaluatingAfterWarmUpPeriodEnds: false,
  });
});

test("the alarm on RDS Proxy's availability covers both names that AWS documents for the role", () => {
  const { 'writer-unreachable-warning': alarm } = alarmsOf(stackOf('proxy').template);
  const roles = metricsIn(alarm).flatMap(({ dimensions }) => dimensions.filter(({ Name }) => Name === 'TargetRole'));
  expect(roles.map(({ Value }) => Value).toSorted()).toEqual(['READWRITE', 'READ_WRITE']);
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
        for (const { Name, StorageResolution } of directive.Metrics) {
          const key = `${directive.Namespace} ${Name}`;
          const before = sets.get(key)?.dimensions ?? [];
          sets.set(key, { dimensions: [...before, ...dimensions], resolution: StorageResolution });
        }
      }
    }
    return sets;
  })();
  const watched = Object.values(alarmsOf(stackOf('proxy').template)).flatMap(metricsIn);
  const ours = watched.filter(({ namespace }) => namespace === NAMESPACE);

  test('are the same metrics, under the same dimensions with the same values', () => {
    expect(ours.length).toBeGreaterThan(20);
    for (const { namespace, name, dimensions } of ours) {
      const set = Object.fromEntries(
        // the version is known at deployment only
        dimensions.map(({ Name, Value }: Resource) => [Name, Name === 'Version' ? '$LATEST' : Value]),
      );
      const known = emitted.get(`${namespace} ${name}`)?.dimensions.map((one) => ({ ...one, Function: 'any' }));
      expect(known, name).toContainEqual({ ...set, Function: 'any' });
    }
  });

  test('an alarm with a period under a minute has a metric of high resolution', () => {
    for (const { namespace, name, period } of ours)
      if (period < 60) expect(emitted.get(`${namespace} ${name}`)?.resolution, name).toBe(1);
  });

  test('every metric that the catalogue gives a threshold is watched', () => {
    // its share is of the ledger, in which a batch that was refused whole is not; rejected-rows counts those too
    // the probe's own wait is watched where functions cannot measure theirs; a replica's lag where Aurora does not say it
    const elsewhere = ['RejectedRowShare', 'PoolAcquireMs', 'ReplicaLagSeconds', 'Deadlocks', 'StatementAverageMs'];
    const names = new Set(ours.map(({ name }) => name));
    for (const [name, metric] of Object.entries(METRICS))
      if ('threshold' in metric && !elsewhere.includes(name)) expect(names, name).toContain(name);
  });

  test('every function has the service name that the alarms use', () => {
    for (const { Environment, FunctionName } of Object.values(
      propertiesOf(stackOf('proxy').template, 'AWS::Lambda::Function'),
    )) {
      if (!FunctionName || FunctionName === 'tick-store-migrate') continue;
      expect(Environment.Variables.SERVICE_NAME).toBe('tick-store');
    }
  });

  test('metrics that alarms watch have the service as their only dimension', () => {
    for (const sets of Object.values(DIMENSION_SETS)) expect(sets[0]).toEqual(['Service']);
  });
});

describe('thresholds', () => {
  test('each threshold reaches an alarm, the dashboard and, if it judges by it, the probe', () => {
    const whole = new Set(['deadlocks', 'partitionRunwayDays']);
    const changed = (value: number) => (Number.isInteger(value) && value < 100 ? value + 1 : value * 0.99);
    const shifted = Object.fromEntries(
      Object.entries(allThresholds.parse({})).map(([name, pair]) => [
        name,
        Object.fromEntries(
          Object.entries(pair).map(([severity, value]) => {
            const next = changed(value);
            return [severity, whole.has(name) || value >= 1000 ? Math.round(next) : next];
          }),
        ),
      ]),
    );
    const thresholds = allThresholds.parse({ ...shifted, proxyAvailabilityPercent: { warning: 98 } });
    const { template } = synthesise({ ...CONFIGS.proxy, thresholds });
    const before = alarmsOf(stackOf('proxy').template);
    // these have no setting, or one that is in the expression
    const fixed = /^(database-unreachable|probe-silent|pool-exhausted|near-timeout)/;
    for (const [name, alarm] of Object.entries(alarmsOf(template)))
      if (!fixed.test(name)) expect(alarm.Threshold, name).not.toBe(before[name].Threshold);

    const [dashboard] = Object.values(propertiesOf(template, 'AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard.DashboardBody);
    for (const value of [thresholds.poolUtilizationPercent.warning, thresholds.apiLatencyMs.warning])
      expect(body).toContain(`\\"value\\":${value},`);

    const probe = Object.values(propertiesOf(template, 'AWS::Lambda::Function')).find(
      ({ FunctionName }) => FunctionName === 'tick-store-probe-health',
    );
    expect(JSON.parse(probe?.Environment.Variables.THRESHOLDS)).toEqual(
      Object.fromEntries(
        Object.keys(thresholdsSchema.shape).map((name) => [name, thresholds[name as keyof typeof thresholds]]),
      ),
    );
  });
});
