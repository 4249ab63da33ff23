/** An alarm that has changed its state. */
export interface AlarmChange {
  /** The alarm's full name. */
  readonly alarm: string;
  /** When the state changed. */
  readonly at: Date;
  /** Where the first bad period begins that its reason names; a composite's names none, nor does one of missing data. */
  readonly firstBad?: Date;
}

/** A change of an alarm's state, as CloudWatch publishes it. */
export interface AlarmNotice extends AlarmChange {
  readonly kind: 'alarm';
  readonly state: 'ALARM' | 'OK';
  /** Whether it was in a state at all before: a new alarm's first state is not news unless it is ALARM. */
  readonly isFirst: boolean;
  /** The alarms that a composite is about, with the time of their change of state where it is known. */
  readonly children: readonly AlarmChange[];
}

/** An event of an AWS service, as EventBridge hands it on. */
export interface EventNotice {
  readonly kind: 'event';
  /** `aws.rds` */
  readonly source: string;
  /** `RDS DB Cluster Event` */
  readonly type: string;
  readonly at: Date;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Anything else, such as the mail that a budget sends. */
export interface TextNotice {
  readonly kind: 'text';
  readonly subject: string;
  readonly text: string;
}

export type Notice = AlarmNotice | EventNotice | TextNotice;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads what was published to a topic of alarms.
 * @param subject SNS's; null where the message has none
 */
export function readNotice(message: string, subject: string | null): Notice {
  const json = objectIn(message);
  return alarmIn(json) ?? eventIn(json) ?? { kind: 'text', subject: subject ?? '', text: message };
}

function alarmIn(json: Json): AlarmNotice | undefined {
  const { AlarmName: alarm, NewStateValue: state, OldStateValue, NewStateReason, StateChangeTime } = json;
  const at = timeOf(StateChangeTime);
  if (typeof alarm !== 'string' || (state !== 'ALARM' && state !== 'OK') || at === undefined) return undefined;
  return {
    ...{ kind: 'alarm', alarm, state, at },
    ...firstBadIn(state === 'ALARM' ? String(NewStateReason ?? '') : ''),
    isFirst: OldStateValue === 'INSUFFICIENT_DATA',
    children: childrenIn(json['TriggeringChildren'], at),
  };
}

function eventIn(json: Json): EventNotice | undefined {
  const { source, 'detail-type': type, time, resources, detail } = json;
  const at = timeOf(time);
  if (typeof source !== 'string' || typeof type !== 'string' || at === undefined) return undefined;
  return {
    ...{ kind: 'event', source, type, at },
    resources: Array.isArray(resources) ? resources.map(String) : [],
    detail: isObject(detail) ? detail : {},
  };
}

/** @param at the composite's own time, where a child has none */
function childrenIn(value: unknown, at: Date): AlarmChange[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap(({ Arn, State }) => {
    const alarm = /:alarm:(.+)$/.exec(String(Arn))?.[1];
    const changed = isObject(State) ? timeOf(State['Timestamp']) : undefined;
    return alarm === undefined ? [] : [{ alarm, at: changed ?? at }];
  });
}

/** `[0.0 (26/11/26 03:12:00), …]`: where the earliest of the periods begins that a reason names. UTC. */
export function firstBadIn(reason: string): Pick<AlarmChange, 'firstBad'> {
  const times = [...reason.matchAll(/\((\d\d)\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)\)/g)].map(
    ([, day, month, year, clock]) => Date.parse(`20${year}-${month}-${day}T${clock}Z`),
  );
  return times.length === 0 ? {} : { firstBad: new Date(Math.min(...times)) };
}

/** CloudWatch writes `2026-11-26T03:12:04.512+0000`. */
function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value.replace(/\+0000$/, 'Z'));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Empty for what is not the text of a JSON object. */
function objectIn(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
