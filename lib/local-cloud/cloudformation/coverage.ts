/** How the local cloud handles a resource type. */
export type Treatment = 'run' | 'ignored' | 'not emulated';

interface TypeCoverage {
  readonly treatment: Treatment;
  /** How it is run, or why it is not. */
  readonly note: string;
}

const run = (note: string): TypeCoverage => ({ treatment: 'run', note });
const ignored = (note: string): TypeCoverage => ({ treatment: 'ignored', note });
const notEmulated = (note: string): TypeCoverage => ({ treatment: 'not emulated', note });

const NETWORK = ignored('everything is on loopback');
const PERMISSIONS = ignored('functions and callers may do everything');
const CODE_DEPLOY = notEmulated('each start is a deployment, all at once');

/** Every known type. */
const COVERAGE: Readonly<Record<string, TypeCoverage>> = {
  'AWS::ApiGatewayV2::Api': run('the HTTP server, without CORS'),
  'AWS::ApiGatewayV2::Integration': run('which function, and how long it may take'),
  'AWS::ApiGatewayV2::Route': run('which path'),
  'AWS::ApiGatewayV2::Stage': run('without its throttling and its access log'),
  'AWS::Budgets::Budget': notEmulated('nothing here costs anything'),
  'AWS::Chatbot::SlackChannelConfiguration': run('listed at /_local/messages, not delivered'),
  'AWS::CloudWatch::Alarm': run('evaluated on the metrics of this machine'),
  'AWS::CloudWatch::AlarmMuteRule': notEmulated('alarms act here at any time'),
  'AWS::CloudWatch::CompositeAlarm': run('evaluated on the alarms'),
  'AWS::CloudWatch::Dashboard': notEmulated('/_local/metrics has the numbers'),
  'AWS::CodeDeploy::Application': CODE_DEPLOY,
  'AWS::CodeDeploy::DeploymentGroup': CODE_DEPLOY,
  'AWS::EC2::FlowLog': NETWORK,
  'AWS::EC2::RouteTable': NETWORK,
  'AWS::EC2::SecurityGroup': NETWORK,
  'AWS::EC2::SecurityGroupEgress': NETWORK,
  'AWS::EC2::SecurityGroupIngress': NETWORK,
  'AWS::EC2::Subnet': NETWORK,
  'AWS::EC2::SubnetRouteTableAssociation': NETWORK,
  'AWS::EC2::VPC': NETWORK,
  'AWS::EC2::VPCEndpoint': NETWORK,
  'AWS::Events::Rule': notEmulated('no AWS service reports events here'),
  'AWS::IAM::Policy': PERMISSIONS,
  'AWS::IAM::Role': PERMISSIONS,
  'AWS::KMS::Alias': notEmulated('messages are not encrypted'),
  'AWS::KMS::Key': notEmulated('messages are not encrypted'),
  'AWS::Lambda::Alias': run('refers to the only version'),
  'AWS::Lambda::EventInvokeConfig': run('retries and failure destination of asynchronous invocations'),
  'AWS::Lambda::EventSourceMapping': run('passes messages of a queue to a function'),
  'AWS::Lambda::Function': run('a process for each execution environment'),
  'AWS::Lambda::Permission': PERMISSIONS,
  'AWS::Lambda::Version': run('the only version'),
  'AWS::Logs::LogGroup': ignored('functions are logged in functions.log'),
  'AWS::RDS::DBCluster': run('PostgreSQL'),
  'AWS::RDS::DBClusterParameterGroup': ignored('PostgreSQL has settings of its own'),
  'AWS::RDS::DBInstance': notEmulated('one server is the writer; there are no readers and no failover'),
  'AWS::RDS::DBProxy': run('the protocol of RDS Proxy, in front of PgBouncer'),
  'AWS::RDS::DBProxyTargetGroup': run('PgBouncer, with the same settings'),
  'AWS::RDS::DBSubnetGroup': NETWORK,
  'AWS::SNS::Subscription': run('delivered on loopback'),
  'AWS::SNS::Topic': run('to the outbox at /_local/messages'),
  'AWS::SNS::TopicPolicy': PERMISSIONS,
  'AWS::SQS::Queue': run('in memory'),
  'AWS::SQS::QueuePolicy': PERMISSIONS,
  'AWS::Scheduler::Schedule': run('on the clock; those that call an AWS API instead of a function do not run'),
  'AWS::Scheduler::ScheduleGroup': run('a name only'),
  'AWS::SecretsManager::Secret': run('readable by the functions of this run'),
  'Custom::Trigger': run('runs before the first request'),
};

/** An unknown type counts as not emulated, because it would do something in AWS. */
export const coverageOf = (type: string): TypeCoverage =>
  COVERAGE[type] ?? notEmulated('unknown to the local cloud: see lib/local-cloud/cloudformation/coverage.ts');

export const isRun = (type: string): boolean => coverageOf(type).treatment === 'run';

/** One type of the template. */
export interface CoveredType extends TypeCoverage {
  readonly type: string;
  /** The number of its resources. */
  readonly count: number;
}

/** The types of a template, by name. */
export function coverageIn(template: {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}): CoveredType[] {
  const counts = new Map<string, number>();
  for (const { Type } of Object.values(template.Resources)) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => ({ type, count, ...coverageOf(type) }));
}

/**
 * Describes what is not run, for a person: the types that would do something in AWS, by note, and the ones without
 * meaning here.
 */
export function coverageLines(covered: readonly CoveredType[]): string[] {
  const short = (type: string) => type.replace('AWS::', '').replaceAll('::', ' ');
  const of = (treatment: Treatment) => covered.filter((one) => one.treatment === treatment);
  const nothing = of('ignored').map(({ type }) => short(type));
  const byNote = Map.groupBy(of('not emulated'), ({ note }) => note);
  return [
    ...[...byNote].map(([note, types]) => `Not emulated: ${types.map(({ type }) => short(type)).join(', ')} (${note})`),
    'Not emulated: authorisation (every caller is `local`), throttling by the stage',
    ...(nothing.length === 0 ? [] : [`Ignored, because it has no meaning here: ${nothing.join(', ')}`]),
  ];
}
