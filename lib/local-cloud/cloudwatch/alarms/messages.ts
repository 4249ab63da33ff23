import type { Account } from '../../cloudformation/arns.ts';
import type { StateChange } from './alarm.ts';
import type { ActionProperties, AlarmProperties } from './alarm-properties.ts';
import type { MetricAlarm, WatchedMetric } from './metric-alarm.ts';

/** A message to SNS. */
export interface AlarmMessage {
  readonly subject: string;
  /** JSON text. */
  readonly message: string;
  /** For the terminal, instead of the subject. */
  readonly note?: string;
}

interface Told {
  readonly name: string;
  readonly arn: string;
  readonly properties: ActionProperties & { readonly AlarmDescription: string };
}

export interface MessageContext extends Account {
  /** When the alarm was created or last changed. Epoch milliseconds. */
  readonly configuredAt: number;
}

/** SNS's limit for a subject. Characters. */
const MAX_SUBJECT = 100;

/** The message of an alarm on a metric or on an expression. */
export function metricAlarmMessage(alarm: MetricAlarm, change: StateChange, context: MessageContext): AlarmMessage {
  return messageOf(alarm, change, context, { Trigger: triggerOf(alarm) });
}

/** A child of a composite alarm that is in the state that the rule asks for. */
export interface TriggeringChild {
  readonly arn: string;
  readonly state: string;
  /** When it entered that state. Epoch milliseconds. */
  readonly since: number;
}

/** The message of a composite alarm. */
export function compositeAlarmMessage(
  alarm: Told & { readonly properties: { readonly AlarmRule: string } },
  change: StateChange,
  context: MessageContext,
  children: readonly TriggeringChild[],
): AlarmMessage {
  return messageOf(alarm, change, context, {
    AlarmRule: alarm.properties.AlarmRule,
    TriggeringChildren: children.map(({ arn, state, since }) => ({
      Arn: arn,
      State: { Value: state, Timestamp: timestamp(since) },
    })),
  });
}

function messageOf(alarm: Told, change: StateChange, context: MessageContext, more: object): AlarmMessage {
  const region = regionName(context.region);
  const { properties } = alarm;
  const message = {
    AlarmName: alarm.name,
    AlarmDescription: properties.AlarmDescription,
    AWSAccountId: context.account,
    AlarmConfigurationUpdatedTimestamp: timestamp(context.configuredAt),
    NewStateValue: change.to,
    NewStateReason: change.reason,
    StateChangeTime: timestamp(change.at),
    Region: region,
    AlarmArn: alarm.arn,
    OldStateValue: change.from,
    OKActions: properties.OKActions,
    AlarmActions: properties.AlarmActions,
    InsufficientDataActions: properties.InsufficientDataActions,
    ...more,
  };
  const subject = `${change.to}: "${alarm.name}" in ${region}`;
  return { subject: subject.slice(0, MAX_SUBJECT), message: JSON.stringify(message) };
}

function triggerOf(alarm: MetricAlarm): object {
  const { properties, rule, periodSeconds } = alarm;
  return {
    ...(properties.Metrics ? { Metrics: properties.Metrics.map((query) => metricOf(query, alarm)) } : single(alarm)),
    Period: periodSeconds,
    EvaluationPeriods: rule.evaluationPeriods,
    ...(properties.DatapointsToAlarm === undefined ? {} : { DatapointsToAlarm: properties.DatapointsToAlarm }),
    ComparisonOperator: properties.ComparisonOperator,
    Threshold: properties.Threshold,
    TreatMissingData: properties.TreatMissingData,
    EvaluateLowSampleCountPercentile: properties.EvaluateLowSampleCountPercentile ?? '',
  };
}

function single({ properties, watches }: MetricAlarm): object {
  const { Statistic, ExtendedStatistic } = properties;
  const [{ name, namespace, dimensions }] = watches as readonly [WatchedMetric];
  return {
    MetricName: name,
    Namespace: namespace,
    StatisticType: Statistic ? 'Statistic' : 'ExtendedStatistic',
    ...(Statistic ? { Statistic: snakeCase(Statistic) } : { ExtendedStatistic }),
    Unit: null,
    Dimensions: pairs(dimensions),
  };
}

type MetricQuery = NonNullable<AlarmProperties['Metrics']>[number];

function metricOf({ Id, Expression, Label, ReturnData = true }: MetricQuery, { watches }: MetricAlarm): object {
  const watched = watches.find(({ id }) => id === Id);
  if (!watched) return { Id, Expression, ...(Label === undefined ? {} : { Label }), ReturnData };
  const { namespace, name, dimensions, periodSeconds, statistic } = watched;
  const Metric = { Dimensions: pairs(dimensions), MetricName: name, Namespace: namespace };
  return { Id, MetricStat: { Metric, Period: periodSeconds, Stat: statistic }, ReturnData };
}

/** Keys are in lower case, unlike everywhere else. */
const pairs = (dimensions: Readonly<Record<string, string>>) =>
  Object.entries(dimensions).map(([name, value]) => ({ value, name }));

/** SampleCount is SAMPLE_COUNT there. */
const snakeCase = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

/** `2025-02-02T12:06:35.472+0000` */
const timestamp = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/** Region names as messages show them. Any other region is shown by its code. */
const REGIONS: Readonly<Record<string, string>> = {
  'us-east-1': 'US East (N. Virginia)',
  'us-east-2': 'US East (Ohio)',
  'us-west-1': 'US West (N. California)',
  'us-west-2': 'US West (Oregon)',
  'ca-central-1': 'Canada (Central)',
  'eu-central-1': 'EU (Frankfurt)',
  'eu-west-1': 'EU (Ireland)',
  'eu-west-2': 'EU (London)',
  'eu-west-3': 'EU (Paris)',
  'eu-north-1': 'EU (Stockholm)',
  'ap-northeast-1': 'Asia Pacific (Tokyo)',
  'ap-southeast-1': 'Asia Pacific (Singapore)',
  'ap-southeast-2': 'Asia Pacific (Sydney)',
  'ap-south-1': 'Asia Pacific (Mumbai)',
};
const regionName = (region: string): string => REGIONS[region] ?? region;
