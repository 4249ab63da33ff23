import { profileCredentials } from './connection.ts';

/** An alarm as the command shows it. */
export interface SeenAlarm {
  readonly name: string;
  readonly state: string;
  /** When it entered this state, ISO 8601. */
  readonly since: string;
  readonly reason: string;
}

/** The alarms of a store that `npm start` runs. @throws Error if it does not respond */
export async function localAlarms(url: string): Promise<SeenAlarm[]> {
  const response = await fetch(`${url}/_local/alarms`);
  if (!response.ok) throw new Error(`${url}/_local/alarms responded ${response.status}`);
  const alarms = (await response.json()) as SeenAlarm[];
  return alarms.map(({ name, state, since, reason }) => ({ name, state, since, reason }));
}

/** The alarms of a deployment, metric and composite, from CloudWatch. */
export async function deployedAlarms(where: {
  readonly region: string;
  readonly profile: string | undefined;
  /** The prefix of the alarms' names. */
  readonly service: string;
}): Promise<SeenAlarm[]> {
  const { region, profile, service } = where;
  const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient({
    region,
    credentials: profileCredentials(profile),
  });
  const found: SeenAlarm[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await client.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: `${service}-`,
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])])
      found.push({
        name: alarm.AlarmName ?? '',
        state: alarm.StateValue ?? '',
        since: alarm.StateTransitionedTimestamp?.toISOString() ?? '',
        reason: alarm.StateReason ?? '',
      });
    NextToken = page.NextToken;
    if (NextToken === undefined) return found;
  }
}
