import { ArnFormat, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod/mini';
import type { FunctionConnection, FunctionNetwork } from '../database/database-access.ts';
import { acknowledge } from '../shared/nag.ts';
import type { Names } from '../shared/names.ts';
import { checkEnvironment } from './check-environment.ts';

export interface ServiceFunctionProps {
  readonly names: Names;
  /** The file in `functions/` without its extension. The function's name is derived from it. */
  readonly entry: string;
  readonly description: string;
  /** Directory of the bundle. */
  readonly bundle: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  /** The largest number of concurrent executions. */
  readonly reservedConcurrency: number;
  readonly connection: FunctionConnection;
  readonly environment: Readonly<Record<string, string>>;
  /** The schema that the function reads its environment with. The stack validates with the same one. */
  readonly environmentSchema: z.ZodMiniType;
  /** Every variable in the schema. */
  readonly environmentNames: readonly string[];
  readonly permissions?: readonly iam.PolicyStatement[];
  readonly logRetention: logs.RetentionDays;
}

/** One Lambda function: arm64, Node 24, a least-privilege role, logs with a retention, traces. */
export class ServiceFunction extends Construct {
  readonly entry: string;
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly timeout: Duration;
  readonly reservedConcurrency: number;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { names, entry, connection } = props;
    this.entry = entry;
    this.timeout = props.timeout;
    this.reservedConcurrency = props.reservedConcurrency;
    const functionName = names.of(entry);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: names.functionLogGroup(entry),
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      roleName: `${functionName}-${Stack.of(this).region}`,
      description: `What the function ${functionName} may do`,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(this.role);
    for (const statement of [...connection.permissions, ...(props.permissions ?? [])]) this.role.addToPolicy(statement);
    if (connection.network) this.allowNetwork(functionName);

    const environment = { ...connection.environment, ...props.environment };
    checkEnvironment(entry, environment, props.environmentSchema, props.environmentNames);
    this.function = new lambda.Function(this, 'Function', {
      functionName,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(props.bundle),
      memorySize: props.memoryMb,
      timeout: props.timeout,
      reservedConcurrentExecutions: props.reservedConcurrency,
      role: this.role,
      environment,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      // the report of each invocation, with its cold start, has level INFO
      systemLogLevelV2: lambda.SystemLogLevel.INFO,
      tracing: lambda.Tracing.ACTIVE,
      ...networkProps(connection.network),
    });
    acknowledge(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray accepts traces without a resource, and Lambda creates network interfaces before they have a name. The function itself is denied the latter. Every other statement names its resource: tests/infrastructure/roles.test.ts lists them.',
    );
  }

  /** Lambda needs these permissions to attach the function to the network. The function's own code is denied them. */
  private allowNetwork(functionName: string): void {
    const actions = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DeleteNetworkInterface']
      .concat(['AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses'])
      .map((action) => `ec2:${action}`);
    const self = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.role.addToPolicy(new iam.PolicyStatement({ sid: 'NetworkOfLambda', actions, resources: ['*'] }));
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'NotOfTheCode',
        effect: iam.Effect.DENY,
        actions,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': [self] } },
      }),
    );
  }
}

function networkProps(network: FunctionNetwork | undefined) {
  if (network === undefined) return {};
  const { vpc, subnets, securityGroup } = network;
  return { vpc, vpcSubnets: subnets, securityGroups: [securityGroup] };
}
