export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** A change of an alarm's state. */
export interface StateChange {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
}

/** An alarm, as a person may look at it. */
export interface AlarmView {
  readonly name: string;
  readonly arn: string;
  readonly kind: 'metric' | 'composite';
  readonly description: string;
  readonly state: AlarmState;
  /** Why it is in this state, in CloudWatch's words. */
  readonly reason: string;
  /** When it went into this state, ISO 8601. */
  readonly since: string;
  readonly actionsEnabled: boolean;
  /** Of a composite: why its actions are held back just now. */
  readonly suppressedBy: 'WaitPeriod' | 'Alarm' | 'ExtensionPeriod' | null;
  /** Newest first; the last 100. */
  readonly history: readonly (Omit<StateChange, 'at'> & { readonly at: string })[];
}
