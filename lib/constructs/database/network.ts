import { Annotations, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from '../../config/schema.ts';
import type { Names } from '../shared/names.ts';

export interface NetworkProps {
  readonly names: Names;
  readonly settings: Settings['network'];
  /** Names of the availability zones. Default: the account's first two. */
  readonly availabilityZones: readonly string[] | undefined;
  readonly logRetention: logs.RetentionDays;
}

/**
 * Two availability zones without a route to or from the internet. There is no gateway and no NAT (32 USD per month
 * each), and an interface endpoint (7 USD per month and zone) only if a function calls the service. Otherwise functions
 * need no network: Lambda itself sends logs, metrics in logs and traces, and IAM tokens are signed in the process. An
 * existing network is used unchanged.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly functionSubnets: ec2.SubnetSelection;
  readonly databaseSubnets: ec2.SubnetSelection;
  readonly #createsEndpoints: boolean;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { vpc: existing } = props.settings;
    this.#createsEndpoints = existing?.createEndpoint ?? true;
    if (existing === undefined) {
      this.vpc = createVpc(this, props);
      this.functionSubnets = { subnetGroupName: 'functions' };
      this.databaseSubnets = { subnetGroupName: 'database' };
    } else {
      this.vpc = existingVpc(this, existing, props.availabilityZones);
      this.functionSubnets = { subnets: existingSubnets(this, 'FunctionSubnet', existing.functionSubnetIds) };
      this.databaseSubnets = { subnets: existingSubnets(this, 'DatabaseSubnet', existing.databaseSubnetIds) };
    }
  }

  /** A security group without outbound traffic except what is explicitly allowed. */
  securityGroup(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** Adds an endpoint of one AWS service, for one security group, and only for these calls. */
  addEndpoint(
    id: string,
    service: ec2.InterfaceVpcEndpointAwsService,
    callers: ec2.ISecurityGroup,
    allowed: { readonly actions: string[]; readonly resources: string[] },
  ): void {
    if (!this.#createsEndpoints) {
      // the existing network's own endpoint has a group that this stack does not know
      callers.connections.allowToAnyIpv4(ec2.Port.HTTPS, `Calls ${service.shortName}`);
      return;
    }
    const group = this.securityGroup(`${id}Endpoint`, `Endpoint of ${service.shortName}`);
    const endpoint = this.vpc.addInterfaceEndpoint(id, {
      service,
      subnets: this.functionSubnets,
      securityGroups: [group],
      privateDnsEnabled: true,
      open: false,
    });
    // the callers' roles decide who may call. This ensures that nothing else leaves the network here
    endpoint.addToPolicy(new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], ...allowed }));
    callers.connections.allowTo(group, ec2.Port.HTTPS, `Calls ${service.shortName}`);
  }
}

function createVpc(scope: Construct, { names, settings, availabilityZones, logRetention }: NetworkProps): ec2.IVpc {
  const vpc = new ec2.Vpc(scope, 'Vpc', {
    vpcName: names.of('vpc'),
    ipAddresses: ec2.IpAddresses.cidr(settings.cidr),
    ...(availabilityZones ? { availabilityZones: [...availabilityZones] } : { maxAzs: 2 }),
    natGateways: 0,
    createInternetGateway: false,
    // nothing uses the default group, and emptying it would require a custom resource
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      // functions get the most addresses: one per execution environment that Lambda keeps
      { name: 'functions', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: functionsMask(settings.cidr) },
      { name: 'database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
    ],
  });
  vpc.addFlowLog('RefusedFlows', {
    destination: ec2.FlowLogDestination.toCloudWatchLogs(
      new logs.LogGroup(scope, 'FlowLogs', {
        logGroupName: `/tick-store/${names.of('refused-flows')}`,
        retention: logRetention,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    ),
    // accepted flows are known: all go to port 5432 or to the endpoint
    trafficType: ec2.FlowLogTrafficType.REJECT,
  });
  // the class does not match its own interface under exactOptionalPropertyTypes
  return vpc as ec2.IVpc;
}

/** A /20 in a /16; in a smaller network a quarter of it. */
const functionsMask = (cidr: string): number => Math.max(20, Number(cidr.slice(cidr.lastIndexOf('/') + 1)) + 2);

type ExistingVpc = NonNullable<Settings['network']['vpc']>;

function existingVpc(scope: Construct, existing: ExistingVpc, zones: readonly string[] | undefined): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: existing.id,
    // only their number matters here, because the subnets are named
    availabilityZones: zones ? [...zones] : existing.functionSubnetIds.map((_, at) => Fn.select(at, Fn.getAzs())),
  });
}

function existingSubnets(scope: Construct, id: string, subnetIds: readonly string[]): ec2.ISubnet[] {
  return subnetIds.map((subnetId, at) => {
    const subnet = ec2.Subnet.fromSubnetId(scope, `${id}${at + 1}`, subnetId);
    Annotations.of(subnet).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      'The stack changes no route table.',
    );
    return subnet;
  });
}
