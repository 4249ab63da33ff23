export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** A change of an alarm's state. */
export interface StateChange {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
}

/** An alarm as the local pages show it. */
export interface AlarmView {
  readonly name: string;
  readonly arn: string;
  readonly kind: 'metric' | 'composite';
  readonly description: string;
  readonly state: AlarmState;
  /** Why it is in this state, as CloudWatch words it. */
  readonly reason: string;
  /** When it entered this state, ISO 8601. */
  readonly since: string;
  readonly actionsEnabled: boolean;
  /** For a composite alarm: why its actions are currently suppressed. */
  readonly suppressedBy: 'WaitPeriod' | 'Alarm' | 'ExtensionPeriod' | null;
  /** Newest first; the last 100. */
  readonly history: readonly (Omit<StateChange, 'at'> & { readonly at: string })[];
}
