import { callAws } from '../aws/call-aws.ts';
import { type AlarmNotice, earliest, timesIn } from './read-notice.ts';

/** What CloudWatch says of an alarm. Times are epoch seconds, as its JSON protocol writes them. */
interface DescribedAlarm {
  readonly AlarmName: string;
  readonly StateValue: string;
  readonly StateReason?: string;
  readonly StateTransitionedTimestamp?: number;
  readonly StateUpdatedTimestamp?: number;
  readonly ActionsSuppressedBy?: string;
  readonly ActionsEnabled?: boolean;
}

interface Described {
  readonly MetricAlarms?: readonly DescribedAlarm[];
  readonly CompositeAlarms?: readonly DescribedAlarm[];
  readonly NextToken?: string;
}

type Which = { readonly AlarmNamePrefix: string } | { readonly AlarmNames: readonly string[] };

/**
 * The alarms that are in ALARM and not held back, as if they had just entered it.
 * @throws AwsError
 */
export async function standingAlarms(which: Which): Promise<AlarmNotice[]> {
  const found: DescribedAlarm[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await describe({ ...which, ...(token === undefined ? {} : { NextToken: token }) });
    found.push(...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? []));
    token = page.NextToken;
  }
  return found
    .filter(({ StateValue, ActionsSuppressedBy, ActionsEnabled }) => {
      const isHeldBack = ActionsSuppressedBy !== undefined && ActionsSuppressedBy !== '';
      return StateValue === 'ALARM' && !isHeldBack && ActionsEnabled !== false;
    })
    .map(noticeOf);
}

async function describe(input: object): Promise<Described> {
  const text = await callAws({
    service: 'monitoring',
    operation: 'cloudwatch DescribeAlarms',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'GraniteServiceVersion20100801.DescribeAlarms',
    },
    body: JSON.stringify({ ...input, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], StateValue: 'ALARM' }),
  });
  return JSON.parse(text) as Described;
}

function noticeOf({ AlarmName, StateReason = '', ...times }: DescribedAlarm): AlarmNotice {
  const { StateTransitionedTimestamp, StateUpdatedTimestamp = 0 } = times;
  const at = new Date((StateTransitionedTimestamp ?? StateUpdatedTimestamp) * 1000);
  return {
    ...{ kind: 'alarm', alarm: AlarmName, state: 'ALARM', at, since: earliest([at, ...timesIn(StateReason)]) },
    ...{ isFirst: false, children: [], reason: StateReason },
  };
}
