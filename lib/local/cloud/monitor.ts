import type { AlarmView } from './alarms/alarm.ts';
import type { Account } from './arns.ts';
import type { Clock } from './clock.ts';
import type { MetricStore } from './metrics/store.ts';
import type { Resource } from './resource.ts';
import type { OutboxMessage } from './sns-message.ts';

export interface MonitorOptions extends Account {
  /** Of the template; those that are no alarm, topic or subscription are passed over. */
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  /** A line for a person: each message published, and metrics that cannot be read. */
  readonly print: (line: string) => void;
}

/** CloudWatch and SNS of the local cloud. Everything is in memory: a restart begins as a first deployment does. */
export interface Monitor {
  readonly metrics: MetricStore;
  /** By name, composites first. */
  readonly alarms: { list(): AlarmView[] };
  readonly sns: {
    /** Newest first, the last 1,000. */
    messages(): OutboxMessage[];
  };
  /** A line that a function wrote to its output: metrics, where it is of the embedded metric format. */
  functionLine(functionName: string, line: string): void;
  /** Begins to evaluate, on the clock. */
  start(): void;
  /** Evaluates no more, and gives up deliveries under way. */
  stop(): Promise<void>;
}
