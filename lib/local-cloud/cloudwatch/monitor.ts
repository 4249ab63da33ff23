import type { Account } from '../cloudformation/arns.ts';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import { type LocalQueue, queuesOf } from '../messaging/local-queue.ts';
import { Sns } from '../messaging/sns.ts';
import type { AlarmView } from './alarms/alarm.ts';
import { Alarms } from './alarms/alarms.ts';
import type { SignalView } from './alarms/signal.ts';
import type { Silences } from './alarms/silences.ts';
import { MetricStore } from './metrics/metric-store.ts';
import { readEmf } from './metrics/read-emf.ts';

export interface MonitorOptions extends Account {
  /** Of the template; those that are no alarm, topic or subscription are passed over. */
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  /** The time that the functions see, where that is another than the clock's. Epoch milliseconds. */
  readonly functionsNow?: () => number;
  /** Hands an event to a function that is subscribed to a topic. */
  readonly send?: (functionArn: string, payload: string) => Promise<void>;
  /** A line for a person: each message published, and metrics that cannot be read. */
  readonly print: (line: string) => void;
}

/** CloudWatch, SNS and the queues of the local cloud. Everything is in memory: a restart begins as a first deployment does. */
export interface Monitor {
  readonly metrics: MetricStore;
  /** By name, composites first. */
  readonly alarms: {
    list(): AlarmView[];
    /** What a metric alarm has looked at; undefined if there is none of the name. */
    signal(name: string, minutes: number): SignalView | undefined;
    /** Alarms that do not notify anybody for a while. */
    readonly silences: Silences;
  };
  readonly sns: Sns;
  /** The template's queues by ARN; what could not be delivered goes to the one that the subscription names. */
  readonly queues: ReadonlyMap<string, LocalQueue>;
  /** A line that a function wrote to its output: metrics, where it is of the embedded metric format. */
  functionLine(functionName: string, line: string): void;
  /** By the clock that alarms run on. Epoch milliseconds. */
  now(): number;
  /** Has what functions write arrive late, for a drill. @returns how to end that */
  delayMetrics(ms: number): () => void;
  /** Begins to evaluate, on the clock. */
  start(): void;
  /** Stops evaluating, and stops retrying deliveries. */
  stop(): void;
}

/** @throws Error that names the resource, for an alarm, topic or subscription that cannot be emulated as it is */
export function createMonitor(options: MonitorOptions): Monitor {
  const { clock, print, functionsNow = () => clock.now() } = options;
  const metrics = new MetricStore(clock);
  const queues = queuesOf(options.resources, { id: options.account, region: options.region });
  const sns = new Sns({ ...options, queues });
  const alarms = new Alarms({
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
