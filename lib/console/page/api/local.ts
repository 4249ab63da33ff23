/**
 * What a Tick Store on your machine shows next to its API, below `/_local`. A deployment has none of it: each of these
 * responds 404 there, and the pages say what CloudWatch has in its place.
 */

export interface LocalAlarm {
  readonly name: string;
  readonly kind: 'metric' | 'composite';
  readonly description: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
  readonly since: string;
  readonly actionsEnabled: boolean;
  readonly suppressedBy: string | null;
  readonly history: readonly AlarmChange[];
}

export interface AlarmChange {
  readonly at: string;
  readonly from: LocalAlarm['state'];
  readonly to: LocalAlarm['state'];
  readonly reason: string;
}

export interface LocalMessage {
  readonly messageId: string;
  readonly topic: string;
  readonly subject: string;
  readonly message: string;
  /** Texts that recipients by these protocols receive instead of the message. */
  readonly byProtocol: Readonly<Record<string, string>>;
  readonly publishedAt: string;
  readonly deliveries: readonly LocalDelivery[];
}

export interface LocalDelivery {
  readonly protocol: string;
  readonly endpoint: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly detail: string;
}

export interface LocalFunction {
  readonly name: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reservedConcurrency: number | null;
}

/** One metric over the last hour, per minute. */
export interface LocalSeries {
  readonly dimensions: Readonly<Record<string, string>>;
  /** Oldest first; null for a minute without data. */
  readonly values: readonly (number | null)[];
}

export const alarmsUrl = '/_local/alarms';
export const messagesUrl = '/_local/messages';
export const functionsUrl = '/_local/functions';
/** Every metric of this name, by its dimensions. */
export const seriesUrl = (namespace: string, name: string, statistic: string, minutes = 60): string =>
  `/_local/series?${new URLSearchParams({ namespace, name, statistic, minutes: String(minutes), period: '60' })}`;

/** The series that an alarm evaluates: its metric, or an expression over several. */
export interface LocalSignal {
  readonly label: string;
  readonly periodSeconds: number;
  /** Where the first period begins, ISO 8601. */
  readonly from: string;
  readonly values: readonly (number | null)[];
  readonly threshold: number;
  /** `at least`, `over`, `at most` or `under`. */
  readonly comparison: string;
  readonly datapointsToAlarm: number;
  readonly evaluationPeriods: number;
}

/** An alarm whose actions are suspended for a while. */
export interface LocalSilence {
  readonly alarm: string;
  readonly until: string;
}

export const signalUrl = (name: string): string => `/_local/signal?${new URLSearchParams({ name, minutes: '60' })}`;
export const silencesUrl = '/_local/silences';
