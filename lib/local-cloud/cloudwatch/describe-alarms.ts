import * as z from 'zod';
import type { AlarmView } from './alarms/alarm.ts';
import type { CloudWatchResponse } from './cloudwatch-api.ts';

export const DESCRIBE_ALARMS = 'GraniteServiceVersion20100801.DescribeAlarms';

const input = z.strictObject({
  AlarmNames: z.array(z.string()).max(100).optional(),
  AlarmNamePrefix: z.string().optional(),
  AlarmTypes: z.array(z.enum(['MetricAlarm', 'CompositeAlarm'])).default(['MetricAlarm']),
  StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']).optional(),
});

/**
 * CloudWatch's DescribeAlarms in AWS JSON 1.0: names, states and why a composite is suppressed. Not emulated: pages
 * (all alarms are returned at once), parents and children, and an alarm's definition.
 */
export function describeAlarms(alarms: readonly AlarmView[], body: string): CloudWatchResponse {
  const contentType = 'application/x-amz-json-1.0';
  const read = input.safeParse(JSON.parse(body));
  if (!read.success) {
    const [issue] = read.error.issues;
    const message = `${issue?.path.join('.')}: ${issue?.message}`;
    const fault = { __type: 'com.amazonaws.cloudwatch#InvalidParameterValueException', message };
    return { status: 400, contentType, body: JSON.stringify(fault) };
  }
  const { AlarmNames, AlarmNamePrefix = '', AlarmTypes, StateValue } = read.data;
  const found = alarms.filter(
    ({ name, state }) =>
      name.startsWith(AlarmNamePrefix) &&
      (AlarmNames === undefined || AlarmNames.includes(name)) &&
      (StateValue === undefined || StateValue === state),
  );
  const of = (kind: AlarmView['kind'], type: 'MetricAlarm' | 'CompositeAlarm') =>
    AlarmTypes.includes(type) ? found.filter((alarm) => alarm.kind === kind).map(described) : [];
  return {
    status: 200,
    contentType,
    body: JSON.stringify({
      MetricAlarms: of('metric', 'MetricAlarm'),
      CompositeAlarms: of('composite', 'CompositeAlarm'),
    }),
  };
}

/** Times are in seconds, as in the protocol. */
const described = ({ name, arn, description, state, reason, since, actionsEnabled, suppressedBy }: AlarmView) => ({
  AlarmName: name,
  AlarmArn: arn,
  AlarmDescription: description,
  StateValue: state,
  StateReason: reason,
  StateUpdatedTimestamp: Date.parse(since) / 1000,
  StateTransitionedTimestamp: Date.parse(since) / 1000,
  ActionsEnabled: actionsEnabled,
  ...(suppressedBy === null ? {} : { ActionsSuppressedBy: suppressedBy }),
});
