import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { exactPool } from '../../config/capacity.ts';
import type { Settings } from '../../config/schema.ts';
import type { Names } from '../shared/names.ts';
import type { Aurora } from './aurora.ts';
import type { Network } from './network.ts';

export interface RdsProxyProps {
  readonly names: Names;
  readonly pooler: Settings['pooler'];
  /** Connections of max_connections that do not belong to the pool. Count. */
  readonly directConnections: number;
  readonly aurora: Aurora;
  readonly network: Network;
  readonly logRetention: logs.RetentionDays;
}

export const APPLICATION_USER = 'tick_store_app';

/** RDS Proxy's maximum borrow timeout and idle client timeout. Seconds. */
const MOST_BORROW_SECONDS = 300;
const MOST_IDLE_CLIENT_SECONDS = 28_800;

/** The settings of `pooler` in RDS Proxy's terms. */
export function rdsProxySettings(pooler: Settings['pooler'], directConnections: number) {
  const { baseConnections, overflowConnections } = pooler;
  const { maxConnections, percent } = exactPool(baseConnections + overflowConnections, directConnections);
  return {
    maxConnectionsPercent: percent,
    // idle connections above the base are closed; rounded down, so that the base is never exceeded
    maxIdleConnectionsPercent: Math.min(percent, Math.floor((100 * baseConnections) / maxConnections)),
    borrowTimeout: Duration.seconds(Math.min(pooler.acquireTimeoutSeconds, MOST_BORROW_SECONDS)),
    // a function replaces its connection at this age, so the proxy never closes it first
    idleClientTimeout: Duration.seconds(Math.min(pooler.recycleSeconds, MOST_IDLE_CLIENT_SECONDS)),
  };
}

/**
 * RDS Proxy with IAM from end to end. Functions log in to the proxy with tokens, and the proxy to the cluster, so they
 * need no password. It checks its server connections itself and recycles them after 24 hours; neither can be configured.
 * No pinning filter is set, because that works only on MySQL, and none of our statements pins.
 */
export class RdsProxy extends Construct {
  readonly proxy: rds.DatabaseProxy;
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: RdsProxyProps) {
    super(scope, id);
    const { names, pooler, directConnections, aurora, network, logRetention } = props;
    const name = names.of('proxy');
    this.securityGroup = network.securityGroup('Proxy', 'RDS Proxy');
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('rds.amazonaws.com') });
    aurora.cluster.grantConnect(role, APPLICATION_USER);
    // RDS would create it without a retention
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/rds/proxy/${name}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.proxy = new rds.DatabaseProxy(this, 'Proxy', {
      dbProxyName: name,
      // this also lets the proxy into the cluster's security group; a second rule for it would be refused
      proxyTarget: rds.ProxyTarget.fromCluster(aurora.cluster),
      defaultAuthScheme: rds.DefaultAuthScheme.IAM_AUTH,
      role,
      requireTLS: true,
      // it would log statements, which contain values
      debugLogging: false,
      vpc: network.vpc,
      vpcSubnets: network.databaseSubnets,
      securityGroups: [this.securityGroup],
      ...rdsProxySettings(pooler, directConnections),
    });
    this.proxy.node.addDependency(logGroup);
  }
}
