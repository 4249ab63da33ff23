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

/** One metric over the last hour, by minute. */
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
