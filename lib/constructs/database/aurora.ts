import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { type AuroraSettings, KNOWN_ENGINE_VERSIONS } from '../../config/database-backend.ts';
import { acknowledge } from '../shared/nag.ts';
import type { Names } from '../shared/names.ts';
import type { Network } from './network.ts';

export interface AuroraProps {
  readonly names: Names;
  readonly settings: AuroraSettings;
  readonly network: Network;
  /** Chosen so that the pool has exactly its configured size (`lib/config/capacity.ts`). Count. */
  readonly maxConnections: number;
  readonly logRetention: logs.RetentionDays;
}

export const DATABASE_NAME = 'tick_store';
const OWNER = 'tick_store_owner';

/**
 * Aurora Serverless v2 for PostgreSQL: encrypted, IAM logins, TLS only, point-in-time backups, and Database Insights
 * for statements. RDS keeps the owner's password in Secrets Manager and rotates it every 7 days. Migrations set the
 * limits of the application's role, because a pooler refuses them as startup parameters.
 */
export class Aurora extends Construct {
  readonly cluster: rds.DatabaseCluster;
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: AuroraProps) {
    super(scope, id);
    const { names, settings, network, maxConnections, logRetention } = props;
    this.securityGroup = network.securityGroup('Database', 'Aurora');
    const engine = rds.DatabaseClusterEngine.auroraPostgres({ version: versionOf(settings.engineVersion) });
    const { mode: databaseInsightsMode, options: insights } = INSIGHTS[settings.insights];
    // an instance has its own window, which AWS would otherwise choose
    const instance = { ...INSTANCE, ...insights, preferredMaintenanceWindow: settings.maintenanceWindow };
    const clusterIdentifier = names.of('aurora');
    // RDS would create it without a retention
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/rds/cluster/${clusterIdentifier}/postgresql`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.cluster = new rds.DatabaseCluster(this, 'Cluster', {
      engine,
      clusterIdentifier,
      defaultDatabaseName: DATABASE_NAME,
      credentials: rds.Credentials.fromUsername(OWNER),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      vpc: network.vpc,
      vpcSubnets: network.databaseSubnets,
      securityGroups: [this.securityGroup],
      storageEncrypted: true,
      enableDataApi: settings.backend === 'data-api',
      serverlessV2MinCapacity: settings.minAcu,
      serverlessV2MaxCapacity: settings.maxAcu,
      ...(settings.minAcu === 0 ? { serverlessV2AutoPauseDuration: Duration.minutes(settings.autoPauseMinutes) } : {}),
      writer: rds.ClusterInstance.serverlessV2('Writer', instance),
      readers: Array.from({ length: settings.readers }, (_, i) =>
        rds.ClusterInstance.serverlessV2(`Reader${i + 1}`, {
          ...instance,
          // the first reader takes over in a failover, so it scales with the writer
          scaleWithWriter: i === 0,
        }),
      ),
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        description: 'Tick Store: the pool is an exact percentage of max_connections',
        parameters: {
          max_connections: String(maxConnections),
          // a read without a period locks every partition and index: ten of them over every month since 1970 need
          // 40,000 locks
          max_locks_per_transaction: '512',
          'rds.force_ssl': '1',
          log_lock_waits: '1',
          // an error is one line without its statement or the row's values, because clients can cause errors at will
          log_min_error_statement: 'panic',
          log_error_verbosity: 'terse',
        },
      }),
      databaseInsightsMode,
      ...insights,
      backup: { retention: Duration.days(settings.backupDays), preferredWindow: settings.backupWindow },
      preferredMaintenanceWindow: settings.maintenanceWindow,
      copyTagsToSnapshot: true,
      cloudwatchLogsExports: ['postgresql'],
      deletionProtection: settings.deletionProtection,
      // a cluster that is removed from the stack leaves a final snapshot with its data
      removalPolicy: RemovalPolicy.SNAPSHOT,
    });
    this.cluster.node.addDependency(logGroup);
    if (settings.snapshotIdentifier !== undefined) restoreFrom(this.cluster, settings.snapshotIdentifier);
    if (!KNOWN_ENGINE_VERSIONS.includes(settings.engineVersion))
      acknowledge(
        this.cluster,
        'CloudFormation-Validate::E9006',
        "CDK's list of engine versions is older than this one; the stack prints a warning",
      );
    if (!settings.deletionProtection)
      acknowledge(this.cluster, 'AwsSolutions-RDS10', 'infra.config.ts turns it off, and the stack prints a warning');
    acknowledge(
      this.cluster,
      'AwsSolutions-RDS11',
      'A port other than 5432 hides nothing here: the subnets have no route to the internet, and the security group admits only the proxy and the migration.',
    );
  }

  get ownerSecretArn(): string {
    const secret = this.cluster.secret;
    if (secret === undefined) throw new Error('The cluster has no managed secret.');
    return secret.secretArn;
  }
}

const INSTANCE = {
  // settings.engineVersion decides the version: CloudFormation cannot lower one that RDS has raised, so the next update
  // would fail
  autoMinorVersionUpgrade: false,
  publiclyAccessible: false,
  caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
};

/** Options of Database Insights. The instances must have the same ones as the cluster. */
const INSIGHTS = {
  standard: {
    mode: rds.DatabaseInsightsMode.STANDARD,
    options: {
      enablePerformanceInsights: true,
      performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
    },
  },
  advanced: {
    mode: rds.DatabaseInsightsMode.ADVANCED,
    options: {
      enablePerformanceInsights: true,
      performanceInsightRetention: rds.PerformanceInsightRetention.MONTHS_15,
    },
  },
} as const;

/**
 * Creates the cluster from a snapshot, which determines the owner's name, the databases and the encryption:
 * CloudFormation refuses these properties together with a snapshot. CDK's own class for this uses another logical id
 * for the owner's secret, which would replace the secret in existing stacks.
 */
function restoreFrom(cluster: rds.DatabaseCluster, snapshotIdentifier: string): void {
  const resource = cluster.node.defaultChild as rds.CfnDBCluster;
  resource.snapshotIdentifier = snapshotIdentifier;
  for (const inherited of ['MasterUsername', 'DatabaseName', 'StorageEncrypted'])
    resource.addPropertyDeletionOverride(inherited);
}

function versionOf(version: AuroraSettings['engineVersion']): rds.AuroraPostgresEngineVersion {
  return rds.AuroraPostgresEngineVersion.of(version, version.split('.')[0] ?? version, {
    s3Import: true,
    s3Export: true,
  });
}
