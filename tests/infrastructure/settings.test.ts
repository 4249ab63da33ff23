import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { endpoints } from '../../functions/contract/endpoints.ts';
import { routeKey } from '../../functions/contract/route.ts';
import { CONFIGS, EVERYTHING, propertiesOf, type Resource, stackOf, synthesise } from './support/stacks.ts';

/** What each setting does to the template: with it, and without it. */

const { template, artifact, warnings, directory } = synthesise(EVERYTHING);
const plain = stackOf('proxy').template;

/** The values of one property of all resources of a type. */
const valuesOf = (from: typeof template, type: string, property: string): Resource[] =>
  Object.values(propertiesOf(from, type)).map((properties) => properties[property]);

describe('service', () => {
  test('account and region set those of the stack', () => {
    expect(artifact.environment).toBe('aws://123456789012/eu-central-1');
  });

  test('tags are set on every resource that supports them, in addition to the service', () => {
    for (const type of ['AWS::RDS::DBCluster', 'AWS::RDS::DBProxy', 'AWS::EC2::VPC'])
      for (const tags of valuesOf(template, type, 'Tags'))
        expect(tags).toEqual(
          expect.arrayContaining([
            { Key: 'cost-center', Value: '4711' },
            { Key: 'team', Value: 'market-data' },
            { Key: 'service', Value: 'tick-store' },
          ]),
        );
  });

  test('every role has the permissions boundary, including roles that CDK adds', () => {
    const boundaries = valuesOf(template, 'AWS::IAM::Role', 'PermissionsBoundary');
    expect(boundaries.length).toBeGreaterThan(10);
    for (const boundary of boundaries) expect(JSON.stringify(boundary)).toContain(':policy/team-boundary');
    for (const boundary of valuesOf(plain, 'AWS::IAM::Role', 'PermissionsBoundary')) expect(boundary).toBeUndefined();
  });
});

describe('network', () => {
  test('cidr is what the network has', () => {
    expect(valuesOf(template, 'AWS::EC2::VPC', 'CidrBlock')).toEqual(['10.60.0.0/18']);
    expect(valuesOf(plain, 'AWS::EC2::VPC', 'CidrBlock')).toEqual(['10.42.0.0/16']);
    expect(valuesOf(template, 'AWS::EC2::Subnet', 'CidrBlock')).toHaveLength(4);
  });

  const vpc = {
    id: 'vpc-0123456789abcdef0',
    functionSubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
    databaseSubnetIds: ['subnet-0000000000000000c', 'subnet-0000000000000000d'],
    createEndpoint: false,
  };
  const inside = synthesise({ ...CONFIGS.proxy, network: { vpc } }).template;

  test('an existing network is used as it is', () => {
    for (const type of ['VPC', 'Subnet', 'RouteTable', 'VPCEndpoint', 'FlowLog'])
      inside.resourceCountIs(`AWS::EC2::${type}`, 0);
    inside.hasResourceProperties('AWS::RDS::DBSubnetGroup', { SubnetIds: vpc.databaseSubnetIds });
    inside.hasResourceProperties('AWS::RDS::DBProxy', { VpcSubnetIds: vpc.databaseSubnetIds });
    inside.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'tick-store-ingest',
      VpcConfig: Match.objectLike({ SubnetIds: vpc.functionSubnetIds }),
    });
    for (const id of valuesOf(inside, 'AWS::EC2::SecurityGroup', 'VpcId')) expect(id).toBe(vpc.id);
  });

  test('its endpoint of Secrets Manager can be an existing one or the stack’s', () => {
    const own = synthesise({ ...CONFIGS.proxy, network: { vpc: { ...vpc, createEndpoint: true } } }).template;
    own.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcId: vpc.id, SubnetIds: vpc.functionSubnetIds });
    inside.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Migrations',
      SecurityGroupEgress: Match.arrayWith([Match.objectLike({ FromPort: 443, ToPort: 443 })]),
    });
  });
});

describe('encryption.key', () => {
  const KEYS: [type: string, property: string][] = [
    ['AWS::RDS::DBCluster', 'KmsKeyId'],
    ['AWS::RDS::DBCluster', 'PerformanceInsightsKmsKeyId'],
    ['AWS::RDS::DBCluster', 'MasterUserSecret'],
    ['AWS::RDS::DBInstance', 'PerformanceInsightsKMSKeyId'],
    ['AWS::Logs::LogGroup', 'KmsKeyId'],
    ['AWS::Lambda::Function', 'KmsKeyArn'],
  ];
  /** Without the function that CDK adds to start migrations: it has no variables. */
  const storing = (from: typeof template, type: string, property: string): Resource[] =>
    Object.values(propertiesOf(from, type))
      .filter(({ FunctionName }) => type !== 'AWS::Lambda::Function' || FunctionName)
      .map((properties) => properties[property]);

  test.each(KEYS)('of the stack encrypts %s, %s', (type, property) => {
    const values = storing(template, type, property);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(JSON.stringify(value)).toMatch(/"Fn::GetAtt":\["EncryptionKey\w+","Arn"\]/);
    for (const value of valuesOf(plain, type, property)) expect(value).toBeUndefined();
  });

  test('of the stack rotates, outlives the stack, and may be used by CloudWatch Logs', () => {
    const [key] = Object.values(template.findResources('AWS::KMS::Key')).filter(
      ({ Properties }) => Properties['Description'] === 'Encrypts what Tick Store stores',
    );
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    expect(JSON.stringify(key?.['Properties'].KeyPolicy)).toContain('logs.eu-central-1.amazonaws.com');
  });

  test('of the deployer encrypts the same, and functions may decrypt with it', () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012';
    const own = synthesise({ ...CONFIGS['data-api'], encryption: { key } }).template;
    for (const [type, property] of [...KEYS, ['AWS::SecretsManager::Secret', 'KmsKeyId']] as typeof KEYS)
      for (const value of storing(own, type, property)) expect(JSON.stringify(value)).toContain(key);
    own.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Resource: key })]),
      }),
    });
  });
});

describe('retention', () => {
  test('logs are kept for up to ten years', () => {
    const days = valuesOf(template, 'AWS::Logs::LogGroup', 'RetentionInDays');
    expect([...new Set(days)].sort()).toEqual([2557, 3653]);
  });

  test('the access log outlives the stack, unless this is disabled', () => {
    const logOf = (from: typeof template) =>
      Object.values(from.findResources('AWS::Logs::LogGroup')).find(
        ({ Properties }) => Properties['LogGroupName'] === '/aws/vendedlogs/tick-store-access',
      );
    expect(logOf(plain)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    const off = synthesise({ ...CONFIGS.neon, retention: { keepAccessLogs: false } }).template;
    expect(logOf(off)).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});

describe('database', () => {
  test('capacitySchedule changes the minimum capacity on schedule, and has no other permission', () => {
    const schedules = Object.values(propertiesOf(template, 'AWS::Scheduler::Schedule')).filter(({ Name }) =>
      /capacity/.test(Name),
    );
    expect(schedules).toHaveLength(2);
    expect(schedules[0]).toMatchObject({
      GroupName: 'tick-store',
      ScheduleExpression: 'cron(15 9 ? * MON,TUE,WED,THU,FRI *)',
      ScheduleExpressionTimezone: 'America/New_York',
      Target: { Arn: { 'Fn::Join': ['', expect.arrayContaining([':scheduler:::aws-sdk:rds:modifyDBCluster'])] } },
    });
    expect(JSON.stringify(schedules[0].Target.Input)).toContain('\\"MinCapacity\\":8,\\"MaxCapacity\\":16');
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([Match.objectLike({ Action: 'rds:ModifyDBCluster', Effect: 'Allow' })]),
      }),
    });
  });

  test('an engine version that the release does not know is accepted with a warning', () => {
    expect(valuesOf(template, 'AWS::RDS::DBCluster', 'EngineVersion')).toEqual(['18.9']);
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Family: 'aurora-postgresql18' });
    expect(warnings).toEqual(
      expect.arrayContaining([
        expect.stringContaining('database.engineVersion is 18.9, which this release does not know'),
      ]),
    );
  });

  test('snapshotIdentifier creates the cluster from a snapshot, without the properties that the snapshot sets', () => {
    const restored = synthesise({
      ...CONFIGS.proxy,
      service: { name: 'tick-store-2' },
      database: { kind: 'aurora', snapshotIdentifier: 'before-the-fall' },
    }).template;
    restored.hasResourceProperties('AWS::RDS::DBCluster', {
      SnapshotIdentifier: 'before-the-fall',
      ManageMasterUserPassword: true,
      MasterUsername: Match.absent(),
      DatabaseName: Match.absent(),
      StorageEncrypted: Match.absent(),
    });
    expect(Object.keys(propertiesOf(restored, 'AWS::RDS::DBCluster'))).toEqual(
      Object.keys(propertiesOf(plain, 'AWS::RDS::DBCluster')),
    );
  });
});

describe('api', () => {
  test('a token needs the scopes of the route, or else of its function', () => {
    const scopes = new Map(
      Object.values(propertiesOf(template, 'AWS::ApiGatewayV2::Route')).map(({ RouteKey, AuthorizationScopes }) => [
        RouteKey,
        AuthorizationScopes,
      ]),
    );
    const expected = { read: ['ticks/read'], ingest: ['ticks/write'] } as Record<string, string[]>;
    for (const route of Object.values(endpoints)) {
      const own = routeKey(route) === 'POST /v1/market-data/deletions' ? ['ticks/delete'] : expected[route.function];
      expect(scopes.get(routeKey(route)), routeKey(route)).toEqual(own);
    }
    expect(scopes.get('$default')).toBeUndefined();
  });

  test('domain sets the API’s address, with a record in the zone', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'ticks.example.com' });
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: Match.anyValue() });
    template.hasResourceProperties('AWS::Route53::RecordSet', {
      ...{ Name: 'ticks.example.com.', Type: 'A', HostedZoneId: 'Z0123456789ABC' },
    });
    template.hasOutput('ApiUrl', { Value: 'https://ticks.example.com' });
    plain.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
  });

  test('CORS allows the headers of the contract, including signatures', () => {
    const [cors] = valuesOf(template, 'AWS::ApiGatewayV2::Api', 'CorsConfiguration');
    const methods = new Set(Object.values(endpoints).map(({ method }) => method));
    expect(cors.AllowMethods).toEqual(expect.arrayContaining([...methods]));
    expect(cors.AllowHeaders).toEqual(
      expect.arrayContaining([
        'authorization',
        'x-amz-date',
        'x-amz-security-token',
        'x-amz-content-sha256',
        'if-match',
      ]),
    );
  });
});

test('alerts.muteWarningsInMaintenance mutes warnings in the window, and no critical alarm', () => {
  plain.resourceCountIs('AWS::CloudWatch::AlarmMuteRule', 0);
  const [rule] = Object.values(propertiesOf(template, 'AWS::CloudWatch::AlarmMuteRule'));
  expect(rule.Rule.Schedule).toEqual({ Expression: 'cron(0 3 * * SUN)', Duration: 'PT60M', Timezone: 'UTC' });
  const composites = propertiesOf(template, 'AWS::CloudWatch::CompositeAlarm');
  const muted = rule.MuteTargets.AlarmNames.map(({ Ref }: Resource) => composites[Ref]?.AlarmName);
  expect(muted.length).toBeGreaterThan(3);
  for (const name of muted) expect(name).toMatch(/-warning$/);
});

test('alerts.warmUp omits WarmUpConfiguration if it is off', () => {
  const warming = (from: typeof template) => valuesOf(from, 'AWS::CloudWatch::Alarm', 'WarmUpConfiguration');
  expect(warming(plain).filter(Boolean)).not.toEqual([]);
  expect(warming(template).filter(Boolean)).toEqual([]);
});

test('the selected bootstrap stack deploys the stack and stores its assets', () => {
  const manifest = readFileSync(join(directory, 'manifest.json'), 'utf8');
  expect(manifest).toContain('cdk-ticksprod-deploy-role-');
  expect(manifest).toContain('/cdk-bootstrap/ticksprod/version');
  expect(manifest).not.toContain('hnb659fds');
});
