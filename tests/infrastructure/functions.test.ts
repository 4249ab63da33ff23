import { describe, expect, test } from 'vitest';
import { ownerEnvironmentSchema } from '../../functions/deploy/connect-owner.ts';
import { environmentSchema } from '../../functions/runtime/environment.ts';
import { BACKENDS, CONFIGS, PAGER, propertiesOf, type Resource, stackOf, synthesise } from './support/stacks.ts';

const NAMES = [
  'delete',
  'health',
  'ingest',
  'maintain-partitions',
  'migrate',
  'probe-health',
  'read',
  'reference-data',
  'restore',
  'smoke-run',
];
const CALLED = NAMES.filter((name) => !['migrate', 'smoke-run'].includes(name));

/** Those that ask the database, by entry; CDK's own provider for the migration's trigger has no name. */
function functionsOf(backend: (typeof BACKENDS)[number]): Record<string, Resource> {
  const all = Object.values(propertiesOf(stackOf(backend).template, 'AWS::Lambda::Function'));
  return Object.fromEntries(
    all
      .filter(({ FunctionName }) => FunctionName && FunctionName !== PAGER)
      .map((properties) => [properties.FunctionName.replace('tick-store-', ''), properties]),
  );
}

describe.each(BACKENDS)('on the backend %s', (backend) => {
  const functions = functionsOf(backend);
  const { template } = stackOf(backend);

  test('there is a function for each entry', () => {
    expect(Object.keys(functions).sort()).toEqual(NAMES);
  });

  test('each runs Node 24 on arm64, traced, with its concurrency reserved and its logs in JSON', () => {
    for (const properties of Object.values(functions)) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
      expect(properties.ReservedConcurrentExecutions).toBeGreaterThan(0);
    }
  });

  test('each has a log group with retention', () => {
    for (const name of NAMES)
      template.hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/aws/lambda/tick-store-${name}`,
        RetentionInDays: 30,
      });
  });

  test('the environment has the variables that the function reads, and no secrets', () => {
    for (const [name, { Environment }] of Object.entries(functions)) {
      const variables = Object.fromEntries(
        Object.entries(Environment.Variables).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : 'a-reference',
        ]),
      );
      const schema = name === 'migrate' ? ownerEnvironmentSchema : environmentSchema;
      expect(schema.safeParse(variables).error, name).toBeUndefined();
      expect(JSON.stringify(Environment)).not.toMatch(/password|resolve:secretsmanager|postgres:\/\//i);
    }
  });

  test('each is called by an alias, which waits for the smoke run, which waits for the migration', () => {
    const [migration, smokeRun] = Object.entries(template.findResources('Custom::Trigger'));
    const trigger = smokeRun?.[0];
    expect(JSON.stringify(smokeRun?.[1]?.['Properties'].HandlerArn)).toContain('SmokeRunFunctionCurrentVersion');
    expect(smokeRun?.[1]?.['DependsOn']).toContain(migration?.[0]);
    const aliases = Object.entries(template.findResources('AWS::Lambda::Alias'))
      .filter(([id]) => !id.startsWith('Pager'))
      .map(([, alias]) => alias);
    expect(aliases).toHaveLength(CALLED.length);
    for (const alias of aliases) {
      expect(alias['Properties'].Name).toBe('live');
      expect([alias['DependsOn']].flat()).toContain(trigger);
    }
  });

  test('the migration waits for what it needs, and runs again when its code changes', () => {
    const [trigger] = Object.values(template.findResources('Custom::Trigger'));
    expect(trigger?.['Properties']).toMatchObject({ InvocationType: 'RequestResponse', ExecuteOnHandlerChange: true });
    expect(JSON.stringify(trigger?.['Properties'].HandlerArn)).toContain('MigrateFunctionCurrentVersion');
    for (const type of [
      'AWS::RDS::DBCluster',
      'AWS::RDS::DBInstance',
      'AWS::RDS::DBProxyTargetGroup',
      'AWS::EC2::VPCEndpoint',
    ])
      for (const id of Object.keys(template.findResources(type))) expect(trigger?.['DependsOn'], id).toContain(id);
  });
});

test('Aurora’s certificates are verified with those of Lambda', () => {
  for (const { Environment } of Object.values(functionsOf('proxy')))
    expect(Environment.Variables.NODE_EXTRA_CA_CERTS).toBe('/var/runtime/ca-cert.pem');
});

test('the migration connects to the cluster directly, not through the proxy', () => {
  const { migrate, ingest } = functionsOf('proxy');
  expect(migrate.Environment.Variables.DATABASE_HOST['Fn::GetAtt'][1]).toBe('Endpoint.Address');
  expect(ingest.Environment.Variables.DATABASE_HOST['Fn::GetAtt'][0]).toContain('Proxy');
});

test('Neon is used by its own driver without a network, and migrated by pg', () => {
  const { migrate, ...others } = functionsOf('neon');
  expect(migrate.Environment.Variables).toMatchObject({
    DATABASE_DRIVER: 'pg',
    DATABASE_SECRET_ARN: 'tick-store/database',
  });
  for (const [name, { Environment, VpcConfig }] of Object.entries(others)) {
    expect(Environment.Variables, name).toMatchObject({
      DATABASE_DRIVER: 'neon',
      DATABASE_CREDENTIALS: 'secret',
      DATABASE_SECRET_ARN: 'tick-store/database',
    });
    expect(Environment.Variables).not.toHaveProperty('NEON_ENDPOINT');
    expect(VpcConfig).toBeUndefined();
  }
});

test('the Data API gets the cluster and the login, and the migration also the owner’s', () => {
  const { migrate, ingest, 'probe-health': probe } = functionsOf('data-api');
  const { DATABASE_DRIVER, DATABASE_CLUSTER_ARN, DATABASE_SECRET_ARN, OWNER_SECRET_ARN } =
    migrate.Environment.Variables;
  expect(ingest.Environment.Variables).toMatchObject({ DATABASE_DRIVER, DATABASE_CLUSTER_ARN, DATABASE_SECRET_ARN });
  expect(DATABASE_DRIVER).toBe('data-api');
  expect(JSON.stringify(DATABASE_CLUSTER_ARN)).toContain(':cluster:');
  expect(DATABASE_SECRET_ARN.Ref).toContain('ApplicationLogin');
  expect(OWNER_SECRET_ARN['Fn::GetAtt'][1]).toBe('MasterUserSecret.SecretArn');
  expect(ingest.Environment.Variables.OWNER_SECRET_ARN).toBeUndefined();
  expect(migrate.VpcConfig).toBeUndefined();
  // one for each execution at once, for the Data API has no pool of a set size
  expect(probe.Environment.Variables.POOL_MAX_CONNECTIONS).toBe('115');
});

describe('traffic', () => {
  const { template } = stackOf('proxy');
  const groups = Object.values(propertiesOf(template, 'AWS::CodeDeploy::DeploymentGroup'));

  test('shifts by a tenth, and back if the new version responds 500', () => {
    const alarms = Object.fromEntries(
      Object.entries(propertiesOf(template, 'AWS::CloudWatch::Alarm')).map(([id, alarm]) => [id, alarm.AlarmName]),
    );
    expect(groups.map((group) => group.DeploymentGroupName).sort()).toEqual(
      ['delete', 'health', 'ingest', 'read', 'reference-data', 'restore'].map((name) => `tick-store-${name}`),
    );
    for (const group of groups) {
      expect(group.DeploymentConfigName).toBe('CodeDeployDefault.LambdaCanary10Percent5Minutes');
      expect(group.AutoRollbackConfiguration).toEqual({
        Enabled: true,
        Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
      });
      expect(group.AlarmConfiguration.Enabled).toBe(true);
      const names = group.AlarmConfiguration.Alarms.map(({ Name }: Resource) => alarms[Name.Ref]);
      expect(names).toEqual(['tick-store-release-failing-critical']);
    }
  });

  test('shifts at once if the configuration says so', () => {
    const { template: other } = synthesise({ ...CONFIGS.neon, deployment: { traffic: 'all-at-once' } });
    other.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    other.resourceCountIs('AWS::CodeDeploy::Application', 0);
  });

  test('is not rolled back by alarms if the configuration says so', () => {
    const { template: other } = synthesise({ ...CONFIGS.neon, deployment: { rollbackOnAlarm: false } });
    for (const group of Object.values(propertiesOf(other, 'AWS::CodeDeploy::DeploymentGroup'))) {
      expect(group.AlarmConfiguration?.Enabled ?? false).toBe(false);
      expect(group.AutoRollbackConfiguration.Events).not.toContain('DEPLOYMENT_STOP_ON_ALARM');
    }
  });
});

test('old partitions are archived only if the configuration says so, and by its numbers', () => {
  const keeping = (environment: Record<string, unknown>) =>
    Object.entries(environment).filter(([name]) => name.startsWith('KEEP_'));
  expect(keeping(functionsOf('proxy')['maintain-partitions'].Environment.Variables)).toEqual([['KEEP_KEY_DAYS', '90']]);
  const retention = { archivePartitions: true, alertLogQuarters: 12 };
  const { template } = synthesise({ ...CONFIGS.neon, retention });
  template.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'tick-store-maintain-partitions',
    Environment: { Variables: { KEEP_TICK_MONTHS: '24', KEEP_ALERT_LOG_QUARTERS: '12' } },
  });
});

test('scheduled functions send failed invocations to the dead-letter queue', () => {
  const { template } = stackOf('proxy');
  const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'));
  const configs = Object.entries(propertiesOf(template, 'AWS::Lambda::EventInvokeConfig'))
    .filter(([id]) => !id.startsWith('Pager'))
    .map(([, config]) => config);
  expect(
    configs
      .map(({ MaximumRetryAttempts, MaximumEventAgeInSeconds }) => [MaximumRetryAttempts, MaximumEventAgeInSeconds])
      .sort(),
  ).toEqual([
    [0, 60],
    [2, 3600],
  ]);
  for (const config of configs) {
    // the alias's ARN, of which the eighth part is its name
    expect(JSON.stringify(config.Qualifier)).toMatch(/Fn::Select.*7.*Traffic/);
    expect(config.DestinationConfig.OnFailure.Destination).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
  }
});

describe('if the configuration is impossible', () => {
  test.each([
    [
      'more connections than the pooler admits',
      { ...CONFIGS.proxy, ingest: { concurrency: 800 }, reads: { concurrency: 200 } },
      /\(ingest 800 \+ .* \+ read 200 \+ .*\) x 1 connection = 1025 connections, but RDS Proxy admits 1000 clients/,
    ],
    [
      'a pool that Postgres has no room for',
      { database: { kind: 'postgres', maxConnections: 90 } },
      /PgBouncer can open 70 server connections, but max_connections 90 - 30 reserved = 60/,
    ],
  ] as const)('%s, synth fails with the sum', (_, config, message) => {
    expect(() => synthesise(config)).toThrow(message);
  });

  test('a variable that no function reads stops the synthesis too', async () => {
    const { checkEnvironment } = await import('../../lib/constructs/functions/check-environment.ts');
    const check = (environment: Record<string, string>) => () =>
      checkEnvironment('ingest', environment, environmentSchema, Object.keys({ DATABASE_URL: 1, SERVICE_NAME: 1 }));
    expect(check({ DATABASE_URL: 'postgres://a', RELEAS: '1' })).toThrow(/ingest.*RELEAS: no such variable/);
    expect(check({ SERVICE_NAME: 'ticks' })).toThrow(/DATABASE_URL: is missing/);
    expect(check({ DATABASE_URL: 'postgres://a', SERVICE_NAME: 'x'.repeat(5000) })).toThrow(/accepts at most 4096/);
  });
});

test('every name in the account begins with the name of the service', () => {
  const { template } = synthesise({ ...CONFIGS.proxy, service: { name: 'ticks-eu' } });
  const names = [
    ...Object.values(propertiesOf(template, 'AWS::Lambda::Function')).map((p) => p.FunctionName),
    ...Object.values(propertiesOf(template, 'AWS::CloudWatch::Alarm')).map((p) => p.AlarmName),
    ...Object.values(propertiesOf(template, 'AWS::SNS::Topic')).map((p) => p.TopicName),
    ...Object.values(propertiesOf(template, 'AWS::RDS::DBProxy')).map((p) => p.DBProxyName),
    ...Object.values(propertiesOf(template, 'AWS::SQS::Queue')).map((p) => p.QueueName),
  ].filter(Boolean);
  for (const name of names) expect(name).toMatch(/^ticks-eu-/);
  // dashboards are the account's, not a region's: the same name elsewhere would be the same dashboard
  template.hasResourceProperties('AWS::CloudWatch::Dashboard', {
    DashboardName: { 'Fn::Join': ['', ['ticks-eu-', { Ref: 'AWS::Region' }]] },
  });
});
