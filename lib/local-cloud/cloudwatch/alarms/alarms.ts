import type { Account } from '../../cloudformation/arns.ts';
import type { Resource } from '../../cloudformation/resource.ts';
import type { Clock } from '../../machine/clock.ts';
import type { MetricStore } from '../metrics/metric-store.ts';
import type { AlarmView, StateChange } from './alarm.ts';
import type { ActionProperties } from './alarm-properties.ts';
import { compositeAlarm, inOrder } from './composite.ts';
import { type AlarmMessage, compositeAlarmMessage, type MessageContext, metricAlarmMessage } from './messages.ts';
import { metricAlarm } from './metric-alarm.ts';
import { RunningComposite } from './running-composite.ts';
import { RunningMetricAlarm } from './running-metric-alarm.ts';
import { type SignalView, signalOf } from './signal.ts';
import { Silences } from './silences.ts';

export interface AlarmsOptions extends Account {
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  readonly metrics: MetricStore;
  /** @throws Error for a topic that does not exist */
  readonly checkTopic: (arn: string) => void;
  readonly publish: (topicArn: string, message: AlarmMessage) => void;
}

interface ActingAlarm {
  readonly name: string;
  readonly properties: ActionProperties;
}

const SHORT_MS = 10_000;
const LONG_MS = 60_000;

/**
 * The delay between the end of a period and its evaluation. A function's line is read within milliseconds, so this is
 * ample. CloudWatch's own delay, which it does not document, is not emulated, so a real page arrives later by that
 * delay.
 */
export const SETTLE_MS = 2_000;

/**
 * All alarms of a template, evaluated on the clock: alarms with periods under a minute every 10 s, the others every
 * minute. Each evaluation covers periods that end at that moment: they slide and are not aligned to, say, five minutes
 * of the clock. A composite alarm is evaluated after everything that it depends on, and acts only on a change.
 * Evaluations missed while the machine slept are not made up for.
 */
export class RunningAlarms {
  readonly silences: Silences;
  readonly #options: AlarmsOptions;
  readonly #metricAlarms: readonly RunningMetricAlarm[];
  readonly #composites: readonly RunningComposite[];
  readonly #context: MessageContext;
  #cancel: () => void = () => undefined;

  /** @throws Error that names the alarm, if one of its settings is not emulated */
  constructor(options: AlarmsOptions) {
    const { resources, clock, account, region } = options;
    this.#options = options;
    this.#context = { account, region, configuredAt: clock.now() };
    const ofType = (type: string) => resources.filter((resource) => resource.type === type);
    this.#metricAlarms = ofType('AWS::CloudWatch::Alarm')
      .map((resource) => metricAlarm(resource, options))
      .map((alarm) => new RunningMetricAlarm(alarm, clock.now()));
    const byName = new Map<string, RunningMetricAlarm | RunningComposite>(
      this.#metricAlarms.map((running) => [running.alarm.name, running]),
    );
    if (byName.size < this.#metricAlarms.length) throw new Error('two alarms have the same name');
    const others = (name: string) => {
      const { alarm, status } = byName.get(name) as RunningMetricAlarm;
      return { arn: alarm.arn, status };
    };
    const composites = ofType('AWS::CloudWatch::CompositeAlarm').map((resource) => compositeAlarm(resource, options));
    this.#composites = inOrder(composites, new Set(byName.keys())).map((alarm) => {
      const running = new RunningComposite(alarm, clock, others, (change, children) =>
        this.#act(alarm, change, () => compositeAlarmMessage(alarm, change, this.#context, children)),
      );
      byName.set(alarm.name, running);
      return running;
    });
    for (const { alarm } of byName.values()) this.#checkActions(alarm.name, alarm.properties);
    this.silences = new Silences(clock, (name) => byName.get(name)?.status.state);
  }

  start(): void {
    const { clock } = this.#options;
    const boundary = Math.floor((clock.now() - SETTLE_MS) / SHORT_MS) * SHORT_MS + SHORT_MS;
    this.#cancel = clock.at(boundary + SETTLE_MS, () => {
      // otherwise the clock was set back, and the period has not begun
      if (clock.now() >= boundary) this.#evaluate(boundary);
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    for (const composite of this.#composites) composite.stop();
    this.silences.stop();
  }

  /** By name, composites first. */
  list(): AlarmView[] {
    const byName = (a: AlarmView, b: AlarmView) => (a.name < b.name ? -1 : 1);
    return [...this.#composites, ...this.#metricAlarms]
      .map((running) => running.view())
      .sort((a, b) => (a.kind === b.kind ? byName(a, b) : a.kind === 'composite' ? -1 : 1));
  }

  /** What a metric alarm has evaluated in the last `minutes`; undefined if there is no alarm of that name. */
  signal(name: string, minutes: number): SignalView | undefined {
    const { metrics, clock } = this.#options;
    const running = this.#metricAlarms.find(({ alarm }) => alarm.name === name);
    return running && signalOf(running.alarm, metrics, clock.now(), minutes);
  }

  /** @param boundary the end of the newest period */
  #evaluate(boundary: number): void {
    const { metrics, clock } = this.#options;
    const now = clock.now();
    for (const running of this.#metricAlarms) {
      const { alarm } = running;
      if (boundary % (alarm.periodSeconds < 60 ? SHORT_MS : LONG_MS) !== 0) continue;
      const change = running.evaluate(metrics, boundary, now);
      if (change) this.#act(alarm, change, () => metricAlarmMessage(alarm, change, this.#context));
    }
    for (const composite of this.#composites) composite.evaluate(now);
  }

  #act({ name, properties }: ActingAlarm, { from, to }: StateChange, message: () => AlarmMessage): void {
    if (!properties.ActionsEnabled) return;
    const arns = {
      ALARM: properties.AlarmActions,
      OK: properties.OKActions,
      INSUFFICIENT_DATA: properties.InsufficientDataActions,
    }[to];
    this.silences.act(name, to, () => {
      // CloudWatch also notifies of the first state. After a start that is not an all-clear, and must not look like one.
      const isFirst = from === 'INSUFFICIENT_DATA' && to === 'OK';
      const note = isFirst ? { note: `${name} has its first state, OK` } : {};
      for (const arn of arns) this.#options.publish(arn, { ...message(), ...note });
    });
  }

  #checkActions(name: string, { AlarmActions, OKActions, InsufficientDataActions }: ActionProperties): void {
    for (const arn of [...AlarmActions, ...OKActions, ...InsufficientDataActions]) {
      try {
        this.#options.checkTopic(arn);
      } catch (error) {
        throw new Error(`${name} cannot be emulated: ${(error as Error).message}`, { cause: error });
      }
    }
  }
}
