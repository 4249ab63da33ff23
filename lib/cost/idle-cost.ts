import { METRICS } from '../../functions/metrics/metric-catalogue.ts';
import type { Settings } from '../config/schema.ts';
import type { CloudFormationTemplate } from '../template/template.ts';
import { type CostLine, HOURS_PER_MONTH, LEAST_PROXY_ACU } from './prices.ts';

/** The cost of a month without requests: the resources of the template, and the probe. */
export function idleCost(template: CloudFormationTemplate, settings: Settings): CostLine[] {
  const byType = Map.groupBy(Object.values(template.Resources), ({ Type }) => Type);
  const lines = [...byType].flatMap(([type, resources]) => {
    const priced = PRICED[type];
    return (
      priced?.(
        resources.map(({ Properties = {} }) => Properties),
        settings,
        byType.get(CLUSTER)?.[0]?.Properties,
      ) ?? []
    );
  });
  return [...lines, ...probeCost(settings)].filter(({ quantity }) => quantity > 0);
}

/** Types without a known price, by whose cost an estimate would be too low. A test allows none. */
export const unpricedTypes = (template: CloudFormationTemplate): string[] =>
  [...new Set(Object.values(template.Resources).map(({ Type }) => Type))].filter(
    (type) => PRICED[type] === undefined && !FREE.has(type),
  );

const CLUSTER = 'AWS::RDS::DBCluster';
type ResourceProperties = Readonly<Record<string, unknown>>;
type PriceResources = (
  resources: readonly ResourceProperties[],
  settings: Settings,
  cluster: ResourceProperties | undefined,
) => CostLine[];

const SECONDS_OF_A_FAST_ALARM = 30;

/**
 * Lambda starts with five pollers per queue, and each poll takes 20 s. The number five is from third-party
 * measurements.
 */
const POLLS_PER_MONTH = (5 * HOURS_PER_MONTH * 3600) / 20;
const MILLION = 1e6;

const minAcuOf = (cluster: ResourceProperties | undefined): number =>
  Number((cluster?.['ServerlessV2ScalingConfiguration'] as ResourceProperties | undefined)?.['MinCapacity'] ?? 0);

/** Priced types, with the cost of their resources. */
const PRICED: Readonly<Record<string, PriceResources>> = {
  'AWS::RDS::DBInstance': (instances, _settings, cluster) => {
    const acu = minAcuOf(cluster);
    const what = `Aurora: ${instances.length} ${instances.length === 1 ? 'instance' : 'instances'} at ${acu} ACU`;
    return [{ what, quantity: instances.length * acu * HOURS_PER_MONTH, price: 'acuHour' }];
  },
  'AWS::RDS::DBProxy': (proxies) => [
    {
      what: `RDS Proxy, billed as ${LEAST_PROXY_ACU} ACU`,
      quantity: proxies.length * LEAST_PROXY_ACU * HOURS_PER_MONTH,
      price: 'proxyAcuHour',
    },
  ],
  'AWS::EC2::VPCEndpoint': (endpoints) => {
    const zones = endpoints.reduce((sum, { SubnetIds }) => sum + (SubnetIds as unknown[]).length, 0);
    return [
      {
        what: `endpoint of Secrets Manager in ${zones} zones`,
        quantity: zones * HOURS_PER_MONTH,
        price: 'endpointHour',
      },
    ];
  },
  'AWS::CloudWatch::Alarm': (alarms) => {
    const [fast, others] = [alarms.filter(isFast), alarms.filter((alarm) => !isFast(alarm))];
    const count = (some: readonly ResourceProperties[]) => some.reduce((sum, alarm) => sum + metricsOf(alarm), 0);
    return [
      { what: `${others.length} alarms over ${count(others)} metrics`, quantity: count(others), price: 'alarm' },
      { what: `${fast.length} alarms by 30 s over ${count(fast)} metrics`, quantity: count(fast), price: 'fastAlarm' },
    ];
  },
  'AWS::CloudWatch::CompositeAlarm': (alarms) => [
    { what: `${alarms.length} composite alarms`, quantity: alarms.length, price: 'compositeAlarm' },
  ],
  'AWS::Lambda::EventSourceMapping': (mappings) => [
    {
      what: 'polls of the queue of refused pages',
      quantity: (mappings.length * POLLS_PER_MONTH) / MILLION,
      price: 'sqsRequests',
    },
  ],
  'AWS::CloudWatch::Dashboard': (all) => [{ what: 'dashboard', quantity: all.length, price: 'dashboard' }],
  'AWS::KMS::Key': (keys) => [{ what: 'encryption keys', quantity: keys.length, price: 'key' }],
  'AWS::SecretsManager::Secret': (secrets) => [
    { what: 'secrets of the stack', quantity: secrets.length, price: 'secret' },
  ],
  [CLUSTER]: (clusters) => [{ what: "secret of the cluster's owner", quantity: clusters.length, price: 'secret' }],
};

function isFast(alarm: ResourceProperties): boolean {
  const periods = alarm['Metrics'] ? statsOf(alarm).map(({ Period }) => Number(Period)) : [Number(alarm['Period'])];
  return Math.min(...periods) <= SECONDS_OF_A_FAST_ALARM;
}

const metricsOf = (alarm: ResourceProperties): number => (alarm['Metrics'] ? statsOf(alarm).length : 1);
const statsOf = (alarm: ResourceProperties): ResourceProperties[] =>
  (alarm['Metrics'] as ResourceProperties[]).flatMap(({ MetricStat }) =>
    MetricStat ? [MetricStat as ResourceProperties] : [],
  );

/** Types that cost nothing by themselves, or only for what is sent to them. */
const FREE: ReadonlySet<string> = new Set([
  ...['Api', 'ApiMapping', 'Authorizer', 'DomainName', 'Integration', 'Route', 'Stage'].map(
    (type) => `AWS::ApiGatewayV2::${type}`,
  ),
  ...['Application', 'DeploymentGroup'].map((type) => `AWS::CodeDeploy::${type}`),
  ...['FlowLog', 'RouteTable', 'SecurityGroup', 'SecurityGroupEgress', 'SecurityGroupIngress'].map(
    (type) => `AWS::EC2::${type}`,
  ),
  ...['Subnet', 'SubnetRouteTableAssociation', 'VPC'].map((type) => `AWS::EC2::${type}`),
  ...['Alias', 'EventInvokeConfig', 'Function', 'Permission', 'Version'].map((type) => `AWS::Lambda::${type}`),
  ...['DBClusterParameterGroup', 'DBProxyTargetGroup', 'DBSubnetGroup'].map((type) => `AWS::RDS::${type}`),
  ...['Subscription', 'Topic', 'TopicPolicy'].map((type) => `AWS::SNS::${type}`),
  ...['Queue', 'QueuePolicy'].map((type) => `AWS::SQS::${type}`),
  ...['Schedule', 'ScheduleGroup'].map((type) => `AWS::Scheduler::${type}`),
  ...['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::KMS::Alias', 'AWS::Logs::LogGroup', 'AWS::Logs::MetricFilter'],
  ...[
    'AWS::Budgets::Budget',
    'AWS::CloudWatch::AlarmMuteRule',
    'AWS::CDK::Metadata',
    'AWS::Chatbot::SlackChannelConfiguration',
    'AWS::Events::Rule',
    'AWS::Route53::RecordSet',
  ],
  ...['AWS::SecretsManager::SecretTargetAttachment', 'Custom::Trigger'],
]);

const RUNS_PER_MONTH = HOURS_PER_MONTH * 60;
const SECONDS_BETWEEN_SAMPLES = 30;
/** A sample, with its connection. Seconds; assumed. */
const SECONDS_PER_SAMPLE = 1;
/** Log volume of one sample: its metrics, itself, and Lambda's report. KB; assumed. */
const LOG_KB_PER_SAMPLE = 4;
const MB_PER_GB = 1024;
const KB_PER_GB = 1024 * 1024;

/** A run per minute takes one sample, or two with the pause between them. */
function probeCost({ probe }: Settings): CostLine[] {
  if (!probe.enabled) return [];
  const samples = 60 / probe.intervalSeconds;
  const seconds = samples * SECONDS_PER_SAMPLE + (samples - 1) * (SECONDS_BETWEEN_SAMPLES - SECONDS_PER_SAMPLE);
  const gigabyteSeconds = RUNS_PER_MONTH * seconds * (probe.memoryMb / MB_PER_GB);
  const metrics = Object.values(METRICS).filter(({ source }) => source === 'probe').length;
  return [
    { what: `custom metrics of the probe`, quantity: metrics, price: 'metric' },
    {
      what: `probe: ${RUNS_PER_MONTH.toLocaleString('en')} runs of ${seconds} s`,
      quantity: gigabyteSeconds,
      price: 'lambdaGbSecond',
    },
    { what: 'logs of the probe', quantity: (RUNS_PER_MONTH * samples * LOG_KB_PER_SAMPLE) / KB_PER_GB, price: 'logs' },
  ];
}
