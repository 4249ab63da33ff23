import { ArnFormat } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IDependable } from 'constructs';
import { capacityFactsOf } from '../../config/capacity.ts';
import type { AuroraSettings, DatabaseBackend } from '../../config/database-backend.ts';
import type { Settings } from '../../config/schema.ts';
import { acknowledge } from '../shared/nag.ts';
import type { Names } from '../shared/names.ts';
import { Aurora, DATABASE_NAME } from './aurora.ts';
import { Network } from './network.ts';
import { APPLICATION_USER, RdsProxy } from './rds-proxy.ts';

/** The driver and how it logs in: constants in a backend's bundles. */
export interface DriverChoice {
  readonly driver: 'pg' | 'neon' | 'data-api';
  readonly credentials: 'iam' | 'secret';
}

/** How a function reaches the database: environment, permissions, network. */
export interface FunctionConnection {
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: readonly iam.PolicyStatement[];
  readonly network?: FunctionNetwork;
}

export interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly securityGroup: ec2.ISecurityGroup;
}

/** A database backend: the application's connections through the pooler, and the migration's directly to Postgres. */
export interface DatabaseAccess {
  readonly backend: DatabaseBackend;
  readonly choice: DriverChoice;
  /** The migration's choice, if it differs. It logs in as the owner, directly to Postgres. */
  readonly migrationChoice?: DriverChoice;
  readonly application: FunctionConnection;
  readonly migration: FunctionConnection;
  /** Resources that must exist before the first connection. */
  readonly ready: readonly IDependable[];
  readonly cluster?: rds.DatabaseCluster;
  readonly proxy?: rds.DatabaseProxy;
}

export interface DatabaseAccessProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly logRetention: logs.RetentionDays;
}

/** Creates the database backend of `infra.config.ts`. */
export function createDatabaseAccess(scope: Construct, id: string, props: DatabaseAccessProps): DatabaseAccess {
  const { database } = props.settings;
  const inside = new Construct(scope, id);
  if (database.kind !== 'aurora') return external(inside, database.kind, database.secretName);
  return database.backend === 'proxy' ? throughProxy(inside, props, database) : throughDataApi(inside, props, database);
}

/** The file with the certificates of RDS in Lambda. Node reads them in addition to its own. */
const RDS_CERTIFICATES = { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' };

function throughProxy(scope: Construct, props: DatabaseAccessProps, database: AuroraSettings): DatabaseAccess {
  const { names, settings, logRetention } = props;
  const { availabilityZones } = settings.service;
  const network = new Network(scope, 'Network', { names, settings: settings.network, availabilityZones, logRetention });
  const { maxConnections } = capacityFactsOf(settings).database;
  const aurora = new Aurora(scope, 'Aurora', { names, settings: database, network, maxConnections, logRetention });
  const { pooler } = settings;
  const { directConnections } = database;
  const { proxy, securityGroup } = new RdsProxy(scope, 'Pooler', {
    ...{ names, pooler, directConnections, aurora, network, logRetention },
  });

  const functions = network.securityGroup('Functions', 'Functions');
  functions.connections.allowTo(securityGroup, ec2.Port.tcp(5432), 'Functions to the proxy');
  const migration = network.securityGroup('Migration', 'Migrations');
  migration.connections.allowTo(aurora.securityGroup, ec2.Port.tcp(5432), 'Migrations to the cluster');
  // the only service that is called from within the network: it has the owner's password
  const { cluster, ownerSecretArn } = aurora;
  network.addEndpoint('SecretsManager', ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER, migration, {
    actions: ['secretsmanager:GetSecretValue'],
    resources: [ownerSecretArn],
  });

  const within = (group: ec2.ISecurityGroup): FunctionNetwork => ({
    vpc: network.vpc,
    subnets: network.functionSubnets,
    securityGroup: group,
  });
  return {
    backend: 'proxy',
    choice: { driver: 'pg', credentials: 'iam' },
    cluster,
    proxy,
    ready: [cluster, proxy, network],
    application: {
      environment: {
        ...RDS_CERTIFICATES,
        DATABASE_HOST: proxy.endpoint,
        DATABASE_PORT: '5432',
        DATABASE_NAME,
        DATABASE_USER: APPLICATION_USER,
      },
      permissions: [
        new iam.PolicyStatement({
          actions: ['rds-db:connect'],
          resources: [databaseUserArn(proxy)],
        }),
      ],
      network: within(functions),
    },
    migration: {
      environment: {
        ...RDS_CERTIFICATES,
        DATABASE_HOST: cluster.clusterEndpoint.hostname,
        DATABASE_PORT: '5432',
        DATABASE_NAME,
        OWNER_SECRET_ARN: ownerSecretArn,
      },
      permissions: [readSecret(ownerSecretArn)],
      network: within(migration),
    },
  };
}

/** The proxy's resource id is the last part of its ARN. */
function databaseUserArn(proxy: rds.DatabaseProxy): string {
  const { stack } = proxy;
  const resource = stack.splitArn(proxy.dbProxyArn, ArnFormat.COLON_RESOURCE_NAME).resourceName ?? '';
  return stack.formatArn({
    service: 'rds-db',
    resource: 'dbuser',
    resourceName: `${resource}/${APPLICATION_USER}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

function throughDataApi(scope: Construct, props: DatabaseAccessProps, database: AuroraSettings): DatabaseAccess {
  const { names, settings, logRetention } = props;
  const { availabilityZones } = settings.service;
  const network = new Network(scope, 'Network', { names, settings: settings.network, availabilityZones, logRetention });
  const { maxConnections } = capacityFactsOf(settings).database;
  const { cluster, ownerSecretArn } = new Aurora(scope, 'Aurora', {
    ...{ names, settings: database, network, maxConnections, logRetention },
  });
  const login = new secretsmanager.Secret(scope, 'ApplicationLogin', {
    secretName: names.of('application'),
    description: 'Login of tick_store_app for the Data API. Migrations set it as the password of the role',
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username: APPLICATION_USER }),
      generateStringKey: 'password',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });
  acknowledge(
    login,
    'AwsSolutions-SMG4',
    'Only the Data API logs in with it. To rotate it, set a new value and deploy: the migration sets it on the role (docs/deploy.md, "Rotating").',
  );
  const ask = (secretArn: string) => [
    new iam.PolicyStatement({
      actions: ['ExecuteStatement', 'BeginTransaction', 'CommitTransaction', 'RollbackTransaction'].map(
        (action) => `rds-data:${action}`,
      ),
      resources: [cluster.clusterArn],
    }),
    readSecret(secretArn),
  ];
  const shared = { DATABASE_CLUSTER_ARN: cluster.clusterArn, DATABASE_NAME, DATABASE_SECRET_ARN: login.secretArn };
  return {
    backend: 'data-api',
    choice: { driver: 'data-api', credentials: 'secret' },
    cluster,
    ready: [cluster],
    application: { environment: shared, permissions: ask(login.secretArn) },
    migration: {
      environment: { ...shared, OWNER_SECRET_ARN: ownerSecretArn },
      permissions: [...ask(ownerSecretArn), readSecret(login.secretArn)],
    },
  };
}

/** Neon, or Postgres behind the deployer's own PgBouncer. The stack needs only the secret with the two URLs. */
function external(scope: Construct, backend: 'neon' | 'postgres', secretName: string): DatabaseAccess {
  const secret = secretsmanager.Secret.fromSecretNameV2(scope, 'ConnectionUrls', secretName);
  const connection: FunctionConnection = {
    environment: { DATABASE_SECRET_ARN: secretName },
    // Secrets Manager appends six characters that are unknown before the deployment
    permissions: [readSecret(`${secret.secretArn}-??????`)],
  };
  return {
    backend,
    choice: { driver: backend === 'neon' ? 'neon' : 'pg', credentials: 'secret' },
    // one run per deployment, directly to Postgres, where Neon's client has no advantage over pg
    migrationChoice: { driver: 'pg', credentials: 'secret' },
    ready: [],
    application: connection,
    migration: connection,
  };
}

const readSecret = (arn: string) =>
  new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [arn] });
