import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Names } from './names.ts';

export interface NetworkProps {
  readonly names: Names;
  /** Their names; the account's first two without. */
  readonly availabilityZones: readonly string[] | undefined;
  readonly logRetention: logs.RetentionDays;
}

/**
 * Two availability zones, no way to or from the internet: no gateway, no NAT (32 USD a month each), and an interface
 * endpoint (7 USD a month and zone) only where a function calls the service. What functions need besides, they get without
 * the network: logs, metrics in logs and traces go by Lambda itself, and IAM tokens are signed on the spot.
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
      // the default group is used by nothing; emptying it would take a custom resource of its own
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
      // accepted flows are known: all go to port 5432, or to the endpoint
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }

  get functionSubnets(): ec2.SubnetSelection {
    return { subnetGroupName: 'functions' };
  }

  get databaseSubnets(): ec2.SubnetSelection {
    return { subnetGroupName: 'database' };
  }

  /** A security group that lets nothing out but what is allowed one by one. */
  securityGroup(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** A way to one AWS service, for one security group, and for these calls alone. */
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
    // who may is said by the callers' roles; this says that nothing else leaves the network here
    endpoint.addToPolicy(new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], ...allowed }));
    callers.connections.allowTo(group, ec2.Port.HTTPS, `Calls ${service.shortName}`);
  }
}
