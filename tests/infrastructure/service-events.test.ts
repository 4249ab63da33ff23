import { describe, expect, test } from 'vitest';
import { type BACKENDS, CONFIGS, propertiesOf, type Resource, stackOf, synthesise } from './support/stacks.ts';

const rulesOf = (backend: (typeof BACKENDS)[number]): Record<string, Resource> =>
  Object.fromEntries(
    Object.values(propertiesOf(stackOf(backend).template, 'AWS::Events::Rule')).map((rule) => [
      rule.Name.replace('tick-store-', ''),
      rule,
    ]),
  );

const ALWAYS = ['deployment-failed', 'stack-failed'];
const OF_AURORA = ['database-events', 'rotation-failed'];

test.each([
  ['proxy', [...ALWAYS, ...OF_AURORA]],
  ['data-api', [...ALWAYS, ...OF_AURORA]],
  ['neon', ALWAYS],
  ['postgres', ALWAYS],
] as const)('on the backend %s the pager gets what can happen there', (backend, names) => {
  const rules = rulesOf(backend);
  expect(Object.keys(rules).sort()).toEqual([...names].sort());
  const { template } = stackOf(backend);
  const [alias] = Object.keys(template.findResources('AWS::Lambda::Alias')).filter((id) => id.startsWith('Pager'));
  const [queue] = Object.entries(propertiesOf(template, 'AWS::SQS::Queue')).find(
    ([, { QueueName }]) => QueueName === 'tick-store-undelivered-pages',
  ) ?? [''];
  for (const { Targets } of Object.values(rules))
    expect(Targets).toEqual([
      expect.objectContaining({
        Arn: { Ref: alias },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } },
      }),
    ]);
});

describe('the events', () => {
  const rules = rulesOf('proxy');

  test('are of this database: its cluster and its instances', () => {
    const { detail } = rules['database-events'].EventPattern;
    // a writer, and the reader that the configuration has by default
    expect(detail.SourceIdentifier).toHaveLength(3);
    for (const { Ref } of detail.SourceIdentifier) expect(Ref).toMatch(/^DatabaseAurora/);
    for (const category of ['failover', 'restoration', 'maintenance'])
      expect(detail.EventCategories).toContain(category);
    expect(detail.EventCategories).not.toContain('backup');
  });

  test('are of the secret of this database, and of deployments of this service', () => {
    expect(JSON.stringify(rules['rotation-failed'].EventPattern.detail)).toContain('MasterUserSecret.SecretArn');
    expect(rules['deployment-failed'].EventPattern.detail.application).toEqual(['tick-store']);
    expect(rules['stack-failed'].EventPattern.detail['stack-id']).toEqual([{ Ref: 'AWS::StackId' }]);
  });
});

test('a budget covers the service’s tag, if the configuration sets one', () => {
  stackOf('neon').template.resourceCountIs('AWS::Budgets::Budget', 0);
  const alerts = { ...CONFIGS.neon.alerts, monthlyBudgetUsd: 900 };
  const { template } = synthesise({ ...CONFIGS.neon, alerts });
  const [budget] = Object.values(propertiesOf(template, 'AWS::Budgets::Budget'));
  expect(budget?.Budget).toMatchObject({
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: 900, Unit: 'USD' },
    CostFilters: { TagKeyValue: ['user:service$tick-store'] },
  });
  const [topic] =
    Object.entries(propertiesOf(template, 'AWS::SNS::Topic')).find(
      ([, { TopicName }]) => TopicName === 'tick-store-warning-alarms',
    ) ?? [];
  expect(
    budget?.NotificationsWithSubscribers.map(({ Notification, Subscribers }: Resource) => [
      Notification.NotificationType,
      Notification.Threshold,
      Subscribers,
    ]),
  ).toEqual([
    ['ACTUAL', 80, [{ SubscriptionType: 'SNS', Address: { Ref: topic } }]],
    ['FORECASTED', 100, [{ SubscriptionType: 'SNS', Address: { Ref: topic } }]],
  ]);
});
