import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Names } from '../shared/names.ts';

export interface NetworkProps {
  readonly names: Names;
  /** Their names. Without them, the account's first two. */
  readonly availabilityZones: readonly string[] | undefined;
  readonly logRetention: logs.RetentionDays;
}

/**
 * Two availability zones without a way to or from the internet. There is no gateway and no NAT (32 USD per month each), and
 * an interface endpoint (7 USD per month and zone) only where a function calls the service. Functions need no network for
 * the rest: Lambda itself sends logs, metrics in logs and traces, and IAM tokens are signed in the process.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, { names, availabilityZones, logRetention }: NetworkProps) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      vpcName: names.of('vpc'),
      ipAddresses: ec2.IpAddresses.cidr('10.42.0.0/16'),
      ...(availabilityZones ? { availabilityZones: [...availabilityZones] } : { maxAzs: 2 }),
      natGateways: 0,
      createInternetGateway: false,
      // nothing uses the default group, and emptying it would take a custom resource
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'functions', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
        { name: 'database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    // the class does not fit its own interface under exactOptionalPropertyTypes
    this.vpc = vpc as ec2.IVpc;
    vpc.addFlowLog('RefusedFlows', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'FlowLogs', {
          logGroupName: `/tick-store/${names.of('refused-flows')}`,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
      // accepted flows are known: all go to port 5432 or to the endpoint
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }

  get functionSubnets(): ec2.SubnetSelection {
    return { subnetGroupName: 'functions' };
  }

  get databaseSubnets(): ec2.SubnetSelection {
    return { subnetGroupName: 'database' };
  }

  /** A security group that lets nothing out except what is allowed explicitly. */
  securityGroup(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** An endpoint of one AWS service, for one security group, and for these calls only. */
  addEndpoint(
    id: string,
    service: ec2.InterfaceVpcEndpointAwsService,
    callers: ec2.ISecurityGroup,
    allowed: { readonly actions: string[]; readonly resources: string[] },
  ): void {
    const group = this.securityGroup(`${id}Endpoint`, `Endpoint of ${service.shortName}`);
    const endpoint = this.vpc.addInterfaceEndpoint(id, {
      service,
      subnets: this.functionSubnets,
      securityGroups: [group],
      privateDnsEnabled: true,
      open: false,
    });
    // the callers' roles say who may call. This says that nothing else leaves the network here
    endpoint.addToPolicy(new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], ...allowed }));
    callers.connections.allowTo(group, ec2.Port.HTTPS, `Calls ${service.shortName}`);
  }
}
