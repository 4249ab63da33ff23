/** An alarm that has changed its state. */
export interface AlarmTransition {
  /** The alarm's full name. */
  readonly alarm: string;
  /** When the state changed. */
  readonly at: Date;
  /**
   * The start of the first bad period that the reason names. The reason names none for a composite, or if data is missing.
   */
  readonly firstBad?: Date;
  /** The newest bad value that the reason names, and the limit, both in the alarm's unit. */
  readonly measured?: { readonly value: number; readonly limit: number };
}

/** A change of an alarm's state, as CloudWatch publishes it. */
export interface AlarmNotice extends AlarmTransition {
  readonly kind: 'alarm';
  readonly state: 'ALARM' | 'OK';
  /** Whether its state before was INSUFFICIENT_DATA, as that of a new alarm. A change from there to OK is not reported. */
  readonly isFirst: boolean;
  /** The child alarms of a composite. Each has the time of its own state change, or the composite's if that is unknown. */
  readonly children: readonly AlarmTransition[];
}

/** An event of an AWS service, as EventBridge delivers it. */
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

/** Anything else, such as the message of a budget. */
export interface TextNotice {
  readonly kind: 'text';
  readonly subject: string;
  readonly text: string;
}

export type Notice = AlarmNotice | EventNotice | TextNotice;

type NoticeJson = Readonly<Record<string, unknown>>;

/**
 * Reads a message that was published to a topic of alarms.
 * @param subject the subject in SNS; null if the message has none
 */
export function readNotice(message: string, subject: string | null): Notice {
  const json = objectIn(message);
  return alarmIn(json) ?? eventIn(json) ?? { kind: 'text', subject: subject ?? '', text: message };
}

function alarmIn(json: NoticeJson): AlarmNotice | undefined {
  const { AlarmName: alarm, NewStateValue: state, OldStateValue, NewStateReason, StateChangeTime } = json;
  const at = timeOf(StateChangeTime);
  if (typeof alarm !== 'string' || (state !== 'ALARM' && state !== 'OK') || at === undefined) return undefined;
  return {
    ...{ kind: 'alarm', alarm, state, at },
    ...factsIn(state === 'ALARM' ? String(NewStateReason ?? '') : ''),
    isFirst: OldStateValue === 'INSUFFICIENT_DATA',
    children: childrenIn(json['TriggeringChildren'], at),
  };
}

function eventIn(json: NoticeJson): EventNotice | undefined {
  const { source, 'detail-type': type, time, resources, detail } = json;
  const at = timeOf(time);
  if (typeof source !== 'string' || typeof type !== 'string' || at === undefined) return undefined;
  return {
    ...{ kind: 'event', source, type, at },
    resources: Array.isArray(resources) ? resources.map(String) : [],
    detail: isObject(detail) ? detail : {},
  };
}

/** @param at the composite's own time, for a child that has none */
function childrenIn(value: unknown, at: Date): AlarmTransition[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap(({ Arn, State }) => {
    const alarm = /:alarm:(.+)$/.exec(String(Arn))?.[1];
    const changed = isObject(State) ? timeOf(State['Timestamp']) : undefined;
    return alarm === undefined ? [] : [{ alarm, at: changed ?? at }];
  });
}

/**
 * The datapoints and the threshold in the reason of a change to ALARM:
 * `… datapoints [608.0 (26/11/26 03:13:00), 540.0 (26/11/26 03:12:00)] were greater than or equal to the threshold (500.0) …`.
 * Times are in UTC. Empty if it names no datapoint.
 */
export function factsIn(reason: string): Pick<AlarmTransition, 'firstBad' | 'measured'> {
  const bad = [...reason.matchAll(/(-?[\d.]+(?:E-?\d+)?) \((\d\d)\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)\)/g)]
    .map(([, value, day, month, year, clock]) => ({
      value: Number(value),
      at: Date.parse(`20${year}-${month}-${day}T${clock}Z`),
    }))
    .toSorted((a, b) => a.at - b.at);
  const [first, last] = [bad[0], bad.at(-1)];
  if (first === undefined || last === undefined) return {};
  const limit = Number(/threshold \((-?[\d.]+(?:E-?\d+)?)\)/.exec(reason)?.[1]);
  return {
    firstBad: new Date(first.at),
    ...(Number.isFinite(limit) && Number.isFinite(last.value) ? { measured: { value: last.value, limit } } : {}),
  };
}

/** CloudWatch writes `2026-11-26T03:12:04.512+0000`. */
function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value.replace(/\+0000$/, 'Z'));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

const isObject = (value: unknown): value is NoticeJson =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Empty for what is not the text of a JSON object. */
function objectIn(text: string): NoticeJson {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
