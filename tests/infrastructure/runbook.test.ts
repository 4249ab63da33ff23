import { describe, expect, test } from 'vitest';
import { readConfig } from '../../lib/config/schema.ts';
import { metricsOf, SEVERITIES } from '../../lib/constructs/alarms/definition.ts';
import { everySubject } from '../../lib/runbook/alarm-facts.ts';
import { runbookOf } from '../../lib/runbook/runbook.ts';
import { propertiesOf, stackOf } from './support/stacks.ts';

// prose may break anywhere but in code
const runbook = runbookOf(readConfig({}));
const { template } = stackOf('proxy');
const valuesOf = (type: string, name: string) =>
  Object.values(propertiesOf(template, type)).map((properties) => String(properties[name]));
const named = (pattern: RegExp) => [...new Set([...runbook.matchAll(pattern)].map(([, name = '']) => name))];

/** What each kind of name in the runbook's commands must be found among. */
const NAMES: [what: string, pattern: RegExp, type: string, property: string][] = [
  ['functions', /--function-name (tick-store-[a-z-]+):live/g, 'AWS::Lambda::Function', 'FunctionName'],
  ['queues', /--queue-name ([a-z-]+)/g, 'AWS::SQS::Queue', 'QueueName'],
  ['schedules', /get-schedule --group-name tick-store --name ([a-z-]+)/g, 'AWS::Scheduler::Schedule', 'Name'],
  ['groups of schedules', /--group-name ([a-z-]+) /g, 'AWS::Scheduler::ScheduleGroup', 'Name'],
  ['applications of CodeDeploy', /--application-name ([a-z-]+)/g, 'AWS::CodeDeploy::Application', 'ApplicationName'],
  ['clusters', /--db-cluster-identifier ([a-z-]+)/g, 'AWS::RDS::DBCluster', 'DBClusterIdentifier'],
  ['proxies', /--db-proxy-name ([a-z-]+)/g, 'AWS::RDS::DBProxy', 'DBProxyName'],
  [
    'log groups',
    /(?:logs tail|--log-group-name|Insights over) (\/[a-z/-]+)(?=[ `\n])/g,
    'AWS::Logs::LogGroup',
    'LogGroupName',
  ],
];

test.each(NAMES)('the %s that the runbook names exist', (_, pattern, type, property) => {
  const names = named(pattern);
  expect(names.length).toBeGreaterThan(0);
  expect(valuesOf(type, property)).toEqual(expect.arrayContaining(names));
});

test("the access log has the fields that the runbook's queries of it name", () => {
  const [format = ''] = Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Stage')).map(
    ({ AccessLogSettings }) => AccessLogSettings.Format,
  );
  for (const field of ['status', 'routeKey', 'latencyMs']) {
    expect(runbook).toMatch(new RegExp(`stats [^\`]*\\b${field}\\b`));
    expect(Object.keys(JSON.parse(format))).toContain(field);
  }
});

describe('each section says how to see that it has recovered', () => {
  const settings = readConfig({
    alerts: { noTicksMinutes: 30, runbookUrl: 'https://wiki.example.com/', critical: { sms: ['+41791234567'] } },
  });
  const sections = runbookOf(settings).split('\n## ').slice(1);
  const [symptoms, ...linked] = sections.map((text) => text.replaceAll(/\s+/g, ' '));
  const recoveryIn = (section: string) => /Recovered when: - (.*?)(?= \||$)/.exec(section)?.[1] ?? '';

  test('every section that a page links to says so', () => {
    expect(symptoms).toMatch(/^Symptoms/);
    expect(linked.filter((section) => recoveryIn(section) === '')).toEqual([]);
    expect(linked).toHaveLength(everySubject(settings).length + 1);
  });

  test.each(everySubject(settings).map((subject) => [subject.id, subject] as const))('%s', (id, subject) => {
    const recovery = recoveryIn(linked.find((section) => section.startsWith(`${subject.title} `)) ?? '');
    const names = metricsOf(subject.signal).map(({ name }) => name);
    const tellsByMetric = names.some((name) => subject.advice.recovered.includes(name));
    expect(tellsByMetric || /`(aws|GET|select|with|show) /.test(subject.advice.recovered), recovery).toBe(true);
    const alarms = SEVERITIES.filter((severity) => subject.limits[severity]).map((one) => `tick-store-${id}-${one}`);
    for (const alarm of alarms)
      expect(recovery).toMatch(
        new RegExp(`\`${alarm}\` returns to OK [\\d.]+ to [\\d.]+ minutes after the last bad period`),
      );
    expect(recovery).toContain(`aws cloudwatch describe-alarms --alarm-names ${alarms.join(' ')} --query`);
  });
});
