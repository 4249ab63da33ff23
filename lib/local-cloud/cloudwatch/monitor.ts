import type { Account } from '../cloudformation/arns.ts';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import { type LocalQueue, queuesOf } from '../messaging/local-queue.ts';
import { Sns } from '../messaging/sns.ts';
import type { AlarmView } from './alarms/alarm.ts';
import { RunningAlarms } from './alarms/alarms.ts';
import type { SignalView } from './alarms/signal.ts';
import type { Silences } from './alarms/silences.ts';
import { MetricStore } from './metrics/metric-store.ts';
import { readEmf } from './metrics/read-emf.ts';

export interface MonitorOptions extends Account {
  /** The template's resources. Only alarms, topics and subscriptions are used. */
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  /** The clock of the functions, if it differs from the local one. Epoch milliseconds. */
  readonly functionsNow?: () => number;
  /** Sends an event to a function that is subscribed to a topic. */
  readonly send?: (functionArn: string, payload: string) => Promise<void>;
  /** Prints a line for a person: each published message, and metrics that cannot be read. */
  readonly print: (line: string) => void;
}

/** CloudWatch, SNS and SQS of the local cloud. Everything is in memory: a restart is like a first deployment. */
export interface Monitor {
  readonly metrics: MetricStore;
  /** By name, composites first. */
  readonly alarms: {
    list(): AlarmView[];
    /** The series that a metric alarm has evaluated; undefined if there is no alarm of that name. */
    signal(name: string, minutes: number): SignalView | undefined;
    /** Alarms that are silenced for a while. */
    readonly silences: Silences;
  };
  readonly sns: Sns;
  /** The template's queues by ARN. A subscription's undelivered messages go to the queue that it names. */
  readonly queues: ReadonlyMap<string, LocalQueue>;
  /** A line that a function wrote to its output. It contains metrics if it is in the embedded metric format. */
  functionLine(functionName: string, line: string): void;
  /** The time of the clock that alarms are evaluated on. Epoch milliseconds. */
  now(): number;
  /** Delays what functions write, for a drill. @returns a function that ends the delay */
  delayMetrics(ms: number): () => void;
  /** Starts evaluating on the clock. */
  start(): void;
  /** Stops evaluating, and stops retrying deliveries. */
  stop(): void;
}

/** @throws Error that names the resource, for an alarm, topic or subscription that cannot be emulated */
export function createMonitor(options: MonitorOptions): Monitor {
  const { clock, print, functionsNow = () => clock.now() } = options;
  const metrics = new MetricStore(clock);
  const queues = queuesOf(options.resources, { id: options.account, region: options.region });
  const sns = new Sns({ ...options, queues });
  const alarms = new RunningAlarms({
    ...options,
    metrics,
    checkTopic: (arn) => sns.checkTopic(arn),
    publish: (arn, message) => sns.publish(arn, message),
  });
  let lateMs = 0;
  return {
    metrics,
    alarms,
    now: () => clock.now(),
    delayMetrics: (ms) => {
      lateMs = ms;
      return () => {
        lateMs = 0;
      };
    },
    sns,
    queues,
    functionLine: (functionName, line) => {
      const reading = readEmf(line);
      const ahead = clock.now() - functionsNow();
      if (reading.kind === 'metrics') {
        const data =
          ahead === 0 ? reading.data : reading.data.map((datum) => ({ ...datum, timestamp: datum.timestamp + ahead }));
        if (lateMs === 0) metrics.put(data);
        else clock.at(clock.now() + lateMs, () => metrics.put(data));
      }
      if (reading.kind === 'malformed') print(`${functionName} wrote metrics that cannot be read: ${reading.problem}`);
    },
    start: () => alarms.start(),
    stop: () => {
      alarms.stop();
      sns.stop();
    },
  };
}
