import { describe, expect, test } from 'vitest';
import { type BACKENDS, CONFIGS, propertiesOf, type Resource, RUNBOOK, stackOf, synthesise } from './support/stacks.ts';

type Backend = (typeof BACKENDS)[number];

/** A resource of a policy in words: references by what they refer to, ARNs by their last part. */
function inWords(resource: Resource): string {
  if (typeof resource === 'string') return resource;
  if (resource.Ref) return String(resource.Ref).replace(/[0-9A-F]{8}$/, '');
  if (resource['Fn::GetAtt']) return String(resource['Fn::GetAtt'].join('.')).replace(/[0-9A-F]{8}\./, '.');
  const [, parts] = resource['Fn::Join'];
  return parts
    .map((part: Resource) => (typeof part === 'string' ? part : part['Fn::Select'] ? '<proxy id>' : referenceIn(part)))
    .join('')
    .replace(/^arn::/, '');
}

/** One of our resources by its logical id; region, account and partition go without saying. */
const referenceIn = ({ Ref }: Resource): string =>
  !Ref || Ref.startsWith('AWS::') ? '' : Ref.replace(/[0-9A-F]{8}$/, '');

/** `a b on r` as `a on r` and `b on r`: CDK writes one statement for all actions on a resource. */
const byAction = (lines: readonly string[]): string[] =>
  lines
    .flatMap((line) => {
      const [actions = '', resource] = line.split(' on ');
      return actions.split(' ').map((action) => `${action} on ${resource}`);
    })
    .sort();

/** What a function's role allows, a line for each resource. */
function allowed(backend: Backend, entry: string, template = stackOf(backend).template): string[] {
  const roles = Object.entries(propertiesOf(template, 'AWS::IAM::Role'));
  const [roleId] = roles.find(([, role]) => JSON.stringify(role.RoleName ?? '').includes(`"tick-store-${entry}-"`)) ?? [
    '',
  ];
  const policies = Object.values(propertiesOf(template, 'AWS::IAM::Policy')).filter((policy) =>
    policy.Roles.some(({ Ref }: Resource) => Ref === roleId),
  );
  return policies
    .flatMap((policy) => policy.PolicyDocument.Statement as Resource[])
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource: resources }) =>
      [resources].flat().map((resource) => `${[Action].flat().join(' ')} on ${inWords(resource)}`),
    )
    .sort();
}

const TRACES = 'xray:PutTelemetryRecords xray:PutTraceSegments on *';
const INTERFACES =
  'ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses on *';
const logs = (id: string) => `logs:CreateLogStream logs:PutLogEvents on Functions${id}Logs.Arn`;
const DEAD_LETTERS = 'sqs:GetQueueAttributes sqs:GetQueueUrl sqs:SendMessage on DeadLettersQueue.Arn';
const METRICS = 'cloudwatch:GetMetricData on *';
const CONNECT = 'rds-db:connect on rds-db:::dbuser:<proxy id>/tick_store_app';
const ASK =
  'rds-data:BeginTransaction rds-data:CommitTransaction rds-data:ExecuteStatement rds-data:RollbackTransaction on rds:::cluster:DatabaseAuroraCluster';
const LOGIN = 'secretsmanager:GetSecretValue on DatabaseApplicationLogin';
const OWNER = 'secretsmanager:GetSecretValue on DatabaseAuroraCluster.MasterUserSecret.SecretArn';
const URLS = 'secretsmanager:GetSecretValue on secretsmanager:::secret:tick-store/database-??????';

const IDS: Record<string, string> = {
  ingest: 'Ingest',
  delete: 'Delete',
  restore: 'Restore',
  read: 'Read',
  'reference-data': 'ReferenceData',
  health: 'Health',
  'probe-health': 'ProbeHealth',
  'maintain-partitions': 'MaintainPartitions',
  'smoke-run': 'SmokeRun',
  migrate: 'Migrate',
};

/** Beyond logs and traces: what a function of this backend may do. */
const REACH: Record<Backend, { application: string[]; migration: string[]; health: string[] }> = {
  proxy: { application: [CONNECT, INTERFACES], migration: [OWNER, INTERFACES], health: [] },
  'data-api': { application: [ASK, LOGIN], migration: [ASK, LOGIN, OWNER], health: [METRICS] },
  neon: { application: [URLS], migration: [URLS], health: [] },
  postgres: { application: [URLS], migration: [URLS], health: [] },
};

describe.each(Object.keys(REACH) as Backend[])('on the backend %s', (backend) => {
  const { application, migration, health } = REACH[backend];

  test.each(Object.keys(IDS))('%s has exactly these permissions', (entry) => {
    const reach = entry === 'migrate' ? migration : application;
    const extra = [
      ...(['health', 'probe-health', 'maintain-partitions'].includes(entry) ? health : []),
      ...(['probe-health', 'maintain-partitions'].includes(entry) ? [DEAD_LETTERS] : []),
    ];
    expect(byAction(allowed(backend, entry))).toEqual(byAction([logs(IDS[entry] ?? ''), TRACES, ...reach, ...extra]));
  });

  test('no function has an AWS managed policy', () => {
    for (const role of Object.values(propertiesOf(stackOf(backend).template, 'AWS::IAM::Role')))
      if (role.RoleName) expect(role.ManagedPolicyArns ?? []).toEqual([]);
  });
});

test('the pager may publish to the people’s topics, read alarms and their metrics, and keep undelivered pages', () => {
  expect(byAction(allowed('proxy', 'send-pages'))).toEqual(
    byAction([
      'logs:CreateLogStream logs:PutLogEvents on PagerFunctionLogs.Arn',
      TRACES,
      'cloudwatch:DescribeAlarms cloudwatch:GetMetricData on *',
      'sns:Publish on Alertscritical',
      'sns:Publish on Alertswarning',
      'kms:Decrypt kms:GenerateDataKey on AlertsKey.Arn',
      'sqs:SendMessage on DeadLettersUndelivered.Arn',
    ]),
  );
});

test('with PagerDuty configured, the pager may also read its secrets and retry refused pages', () => {
  const alerts = { runbookUrl: RUNBOOK, critical: { pagerDuty: ['secret:tick-store/routing-key'] } };
  const { template } = synthesise({ ...CONFIGS.postgres, alerts });
  const found = allowed('postgres', 'send-pages', template);
  expect(found).toContain('secretsmanager:GetSecretValue on secretsmanager:::secret:tick-store/routing-key-??????');
  expect(byAction(found).filter((line) => line.startsWith('sqs:'))).toEqual(
    byAction([
      'sqs:SendMessage on DeadLettersUndelivered.Arn',
      'sqs:SendMessage sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on RefusedPagesQueue.Arn',
    ]),
  );
});

test('the code of a function in the network is denied the permissions that Lambda itself needs there', () => {
  const policies = Object.values(propertiesOf(stackOf('proxy').template, 'AWS::IAM::Policy'));
  const denials = policies.flatMap((policy) =>
    policy.PolicyDocument.Statement.filter(({ Effect }: Resource) => Effect === 'Deny'),
  );
  expect(denials).toHaveLength(Object.keys(IDS).length);
  for (const { Condition, Action } of denials) {
    expect(Action).toContain('ec2:CreateNetworkInterface');
    expect(JSON.stringify(Condition.ArnEquals['lambda:SourceFunctionArn'])).toContain(':function:tick-store-');
  }
});

test('the name of a role fits with the longest service and region', () => {
  for (const { RoleName } of Object.values(propertiesOf(stackOf('proxy').template, 'AWS::IAM::Role'))) {
    if (!RoleName) continue;
    const entry = RoleName['Fn::Join'][1][0].replace('tick-store', '');
    expect(`${'a'.repeat(24)}${entry}ap-southeast-2`.length).toBeLessThanOrEqual(64);
  }
});
