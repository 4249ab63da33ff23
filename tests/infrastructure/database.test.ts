import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { rdsProxySettings } from '../../lib/constructs/database/rds-proxy.ts';
import { CONFIGS, PAGER, propertiesOf, stackOf, synthesise } from './support/stacks.ts';

const NETWORKED = ['proxy', 'data-api'] as const;
const WITHOUT_NETWORK = ['neon', 'postgres'] as const;

describe.each(NETWORKED)('Aurora on the backend %s', (backend) => {
  const { template } = stackOf(backend);

  test('is encrypted, protected, backed up, measured, and logs in by IAM', () => {
    template.hasResource('AWS::RDS::DBCluster', {
      Properties: Match.objectLike({
        Engine: 'aurora-postgresql',
        EngineVersion: '17.9',
        DatabaseName: 'tick_store',
        StorageEncrypted: true,
        DeletionProtection: true,
        BackupRetentionPeriod: 14,
        CopyTagsToSnapshot: true,
        EnableIAMDatabaseAuthentication: true,
        DatabaseInsightsMode: 'standard',
        PerformanceInsightsEnabled: true,
        EnableCloudwatchLogsExports: ['postgresql'],
      }),
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  test("lets RDS manage and rotate its owner's password", () => {
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      MasterUsername: 'tick_store_owner',
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
    });
  });

  test('has a writer and a reader, neither public', () => {
    template.resourceCountIs('AWS::RDS::DBInstance', 2);
    template.allResourcesProperties('AWS::RDS::DBInstance', {
      DBInstanceClass: 'db.serverless',
      PubliclyAccessible: false,
      AutoMinorVersionUpgrade: false,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    });
  });

  test('changes its version only by a deployment, and a version that RDS raised fails the next one', () => {
    for (const instance of Object.values(propertiesOf(template, 'AWS::RDS::DBInstance')))
      expect(instance.AutoMinorVersionUpgrade).toBe(false);
  });

  test('accepts only TLS', () => {
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Family: 'aurora-postgresql17',
      Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
    });
  });

  test('is in two zones without access to the internet', () => {
    template.resourceCountIs('AWS::EC2::Subnet', 4);
    for (const type of ['NatGateway', 'InternetGateway', 'EIP', 'VPCPeeringConnection'])
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
    for (const { DestinationCidrBlock } of Object.values(propertiesOf(template, 'AWS::EC2::Backend')))
      expect(DestinationCidrBlock).not.toBe('0.0.0.0/0');
    template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'REJECT' });
  });

  test('is in the two zones that the configuration names', () => {
    const availabilityZones = ['us-east-1b', 'us-east-1d'];
    const { template: other } = synthesise({ ...CONFIGS[backend], service: { availabilityZones } });
    const zones = Object.values(propertiesOf(other, 'AWS::EC2::Subnet')).map(
      ({ AvailabilityZone }) => AvailabilityZone,
    );
    expect(zones.sort()).toEqual([...availabilityZones, ...availabilityZones].sort());
  });

  test('keeps its logs for as long as the configuration says', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/rds/cluster/tick-store-aurora/postgresql',
      RetentionInDays: 30,
    });
  });
});

describe('RDS Proxy', () => {
  const { template } = stackOf('proxy');

  test("has the pooler's numbers: 70 of 100 connections, 20 of them idle, 30 s, 1 h", () => {
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: Match.objectLike({ max_connections: '100' }),
    });
    template.hasResourceProperties('AWS::RDS::DBProxyTargetGroup', {
      TargetGroupName: 'default',
      ConnectionPoolConfigurationInfo: {
        MaxConnectionsPercent: 70,
        MaxIdleConnectionsPercent: 20,
        ConnectionBorrowTimeout: 30,
        SessionPinningFilters: Match.absent(),
        InitQuery: Match.absent(),
      },
    });
    template.hasResourceProperties('AWS::RDS::DBProxy', { IdleClientTimeout: 3600 });
  });

  test('requires TLS, logs in by IAM from end to end, holds no secret and logs no statement', () => {
    template.hasResourceProperties('AWS::RDS::DBProxy', {
      EngineFamily: 'POSTGRESQL',
      RequireTLS: true,
      DefaultAuthScheme: 'IAM_AUTH',
      Auth: Match.absent(),
      DebugLogging: false,
    });
  });

  test('waits for the instances behind it', () => {
    const [group] = Object.values(template.findResources('AWS::RDS::DBProxyTargetGroup'));
    for (const id of Object.keys(template.findResources('AWS::RDS::DBInstance')))
      expect(group?.['DependsOn']).toContain(id);
  });

  test('follows the configuration', () => {
    const pooler = {
      baseConnections: 10,
      overflowConnections: 23,
      acquireTimeoutSeconds: 12,
      recycleSeconds: 40_000,
      checkBeforeUse: true,
      copy: 'auto',
      pipelining: 'auto',
    } as const;
    const { template: other } = synthesise({ ...CONFIGS.proxy, pooler });
    // 33 is not a whole percentage of 63, the least that leaves 30; 50 % of 66 is 33
    other.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: Match.objectLike({ max_connections: '66' }),
    });
    other.hasResourceProperties('AWS::RDS::DBProxyTargetGroup', {
      ConnectionPoolConfigurationInfo: {
        MaxConnectionsPercent: 50,
        MaxIdleConnectionsPercent: 15,
        ConnectionBorrowTimeout: 12,
      },
    });
    expect(rdsProxySettings(pooler, 30).idleClientTimeout.toHours()).toBe(8);
  });

  test('is reachable only from functions, and only it and the migration can reach the cluster', () => {
    const groups = Object.fromEntries(
      Object.entries(propertiesOf(template, 'AWS::EC2::SecurityGroup')).map(([id, group]) => [
        id,
        group.GroupDescription,
      ]),
    );
    const nameOf = (reference: { 'Fn::GetAtt': [string] }) => groups[reference['Fn::GetAtt'][0]];
    const flows = Object.values(propertiesOf(template, 'AWS::EC2::SecurityGroupIngress')).map(
      (rule) => `${nameOf(rule.SourceSecurityGroupId)} -> ${nameOf(rule.GroupId)}`,
    );
    expect(flows.sort()).toEqual([
      'Functions -> RDS Proxy',
      'Migrations -> Aurora',
      'Migrations -> Endpoint of secretsmanager',
      'RDS Proxy -> Aurora',
    ]);
    for (const group of Object.values(propertiesOf(template, 'AWS::EC2::SecurityGroup')))
      expect(JSON.stringify(group)).not.toContain('0.0.0.0/0');
  });

  test('allows only reading the one secret through the endpoint', () => {
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: 'secretsmanager:GetSecretValue',
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('AuroraCluster'), 'MasterUserSecret.SecretArn'] },
          },
        ],
      },
    });
  });

  test('needs an endpoint for Secrets Manager, and for nothing else', () => {
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.secretsmanager']] },
    });
  });

  test('puts every function that uses the database into the network', () => {
    for (const { FunctionName, VpcConfig } of Object.values(propertiesOf(template, 'AWS::Lambda::Function')))
      if (FunctionName && FunctionName !== PAGER) expect(VpcConfig?.SubnetIds, FunctionName).toHaveLength(2);
  });
});

describe('the Data API', () => {
  const { template } = stackOf('data-api');

  test('is enabled, without a proxy, and lets the cluster pause', () => {
    template.resourceCountIs('AWS::RDS::DBProxy', 0);
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      EnableHttpEndpoint: true,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 16, SecondsUntilAutoPause: 600 },
    });
  });

  test('gives max_connections room for every execution at once', () => {
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: Match.objectLike({ max_connections: String(115 + 30) }),
    });
  });

  test('keeps the login of the application in a secret that the stack generates', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'tick-store-application',
      GenerateSecretString: Match.objectLike({ SecretStringTemplate: '{"username":"tick_store_app"}' }),
    });
  });

  test('needs no endpoint', () => {
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });
});

describe.each(['data-api', ...WITHOUT_NETWORK] as const)('on the backend %s', (backend) => {
  test('no function is in a network', () => {
    for (const { VpcConfig } of Object.values(propertiesOf(stackOf(backend).template, 'AWS::Lambda::Function')))
      expect(VpcConfig).toBeUndefined();
  });
});

describe.each(WITHOUT_NETWORK)('on the backend %s', (backend) => {
  const { template } = stackOf(backend);

  test('there is no network, no database and no secret', () => {
    for (const type of ['AWS::EC2::VPC', 'AWS::RDS::DBCluster', 'AWS::RDS::DBProxy', 'AWS::SecretsManager::Secret'])
      template.resourceCountIs(type, 0);
  });

  test("functions read the deployer's secret, and know its name only", () => {
    for (const { FunctionName, Environment } of Object.values(propertiesOf(template, 'AWS::Lambda::Function'))) {
      if (!FunctionName || FunctionName === PAGER) continue;
      expect(Environment.Variables.DATABASE_SECRET_ARN).toBe('tick-store/database');
      expect(JSON.stringify(Environment)).not.toContain('postgres://');
    }
  });
});

describe('what protects the cluster', () => {
  test('the stack is protected while the cluster is', () => {
    const unprotected = synthesise({ ...CONFIGS.proxy, database: { kind: 'aurora', deletionProtection: false } });
    expect(stackOf('proxy').artifact.properties.terminationProtection).toBe(true);
    expect(unprotected.artifact.properties.terminationProtection).toBe(false);
    expect(stackOf('neon').artifact.properties.terminationProtection).toBe(false);
  });

  test('the cluster and its instances have the same window for maintenance', () => {
    const maintenanceWindow = 'wed:04:00-wed:05:00';
    const { template } = synthesise({ ...CONFIGS.proxy, database: { kind: 'aurora', maintenanceWindow } });
    const windows = ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance'].flatMap((type) =>
      Object.values(propertiesOf(template, type)).map(({ PreferredMaintenanceWindow }) => PreferredMaintenanceWindow),
    );
    expect(windows).toEqual([maintenanceWindow, maintenanceWindow, maintenanceWindow]);
  });

  test('there is no alarm on the capacity of a cluster that cannot grow', () => {
    const { template } = synthesise({ ...CONFIGS.proxy, database: { kind: 'aurora', minAcu: 8, maxAcu: 8 } });
    const names = Object.values(propertiesOf(template, 'AWS::CloudWatch::Alarm')).map(({ AlarmName }) => AlarmName);
    expect(names).not.toContain('tick-store-aurora-capacity-warning');
  });
});
