import { callAws } from '../aws/call-aws.ts';
import { type AlarmNotice, type AlarmTransition, factsIn } from './read-notice.ts';

/** CloudWatch's description of an alarm. Times are epoch seconds, as in its JSON protocol. */
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

/** The state of an alarm, and since when. */
export interface AlarmNow extends AlarmTransition {
  readonly state: string;
  /** Whether the alarm notifies nobody at present: another alarm suppresses it, or its actions are disabled. */
  readonly isHeldBack: boolean;
}

/**
 * A notice for each alarm that is in ALARM and not held back, as if it had just entered ALARM.
 * @throws AwsError
 */
export async function standingAlarms(which: Which): Promise<AlarmNotice[]> {
  const found = await describeAll({ ...which, StateValue: 'ALARM' });
  return found
    .map(nowOf)
    .filter(({ isHeldBack }) => !isHeldBack)
    .map((one) => ({ ...one, kind: 'alarm', state: 'ALARM', isFirst: false, children: [] }));
}

/**
 * The states of alarms by name, without those that do not exist.
 * @throws AwsError
 */
export async function alarmsNow(names: readonly string[]): Promise<Map<string, AlarmNow>> {
  const found = await describeAll({ AlarmNames: names });
  return new Map(found.map((one) => [one.AlarmName, nowOf(one)]));
}

async function describeAll(which: Which & { readonly StateValue?: 'ALARM' }): Promise<DescribedAlarm[]> {
  const found: DescribedAlarm[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await describe({ ...which, ...(token === undefined ? {} : { NextToken: token }) });
    found.push(...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? []));
    token = page.NextToken;
  }
  return found;
}

async function describe(input: object): Promise<Described> {
  const text = await callAws({
    service: 'monitoring',
    operation: 'cloudwatch DescribeAlarms',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'GraniteServiceVersion20100801.DescribeAlarms',
    },
    body: JSON.stringify({ ...input, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  });
  return JSON.parse(text) as Described;
}

function nowOf({ AlarmName: alarm, StateValue: state, StateReason = '', ...more }: DescribedAlarm): AlarmNow {
  const { StateTransitionedTimestamp, StateUpdatedTimestamp = 0, ActionsSuppressedBy = '', ActionsEnabled } = more;
  const at = new Date((StateTransitionedTimestamp ?? StateUpdatedTimestamp) * 1000);
  const isHeldBack = ActionsSuppressedBy !== '' || ActionsEnabled === false;
  return { alarm, state, at, isHeldBack, ...(state === 'ALARM' ? factsIn(StateReason) : {}) };
}
