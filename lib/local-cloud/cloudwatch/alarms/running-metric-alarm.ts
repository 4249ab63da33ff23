import type { MetricStore } from '../metrics/metric-store.ts';
import type { AlarmView, StateChange } from './alarm.ts';
import { evaluate } from './evaluate.ts';
import type { MetricAlarm } from './metric-alarm.ts';
import { reasonOf } from './reason.ts';
import { AlarmStatus } from './status.ts';

/** An alarm on metrics, with its state. */
export class RunningMetricAlarm {
  readonly alarm: MetricAlarm;
  readonly status: AlarmStatus;
  /** Null if the warm-up has ended or there is none. */
  #warmUpEndsAt: number | null;

  constructor(alarm: MetricAlarm, createdAt: number) {
    this.alarm = alarm;
    this.status = new AlarmStatus(createdAt);
    const minutes = alarm.properties.WarmUpConfiguration?.WarmUpPeriodDurationInMinutes;
    this.#warmUpEndsAt = minutes === undefined ? null : createdAt + minutes * 60_000;
  }

  /**
   * Evaluates the periods up to `to` (epoch milliseconds).
   * @returns the change of state, if there is one
   */
  evaluate(metrics: MetricStore, to: number, now: number): StateChange | undefined {
    const { rule, periodSeconds, properties } = this.alarm;
    const points = this.alarm.read(metrics, to);
    if (this.#warmsUp(points.filter((point) => point !== null).length, now)) return undefined;
    const { state } = this.status;
    const verdict = evaluate(points, rule, state);
    if (verdict.state === state) return undefined;
    const timeOf = (index: number) => to - (points.length - index) * periodSeconds * 1000;
    return this.status.change(verdict.state, reasonOf(properties, rule, verdict, state, timeOf), now);
  }

  view(): AlarmView {
    const { name, arn, properties } = this.alarm;
    return {
      name,
      arn,
      kind: 'metric',
      description: properties.AlarmDescription,
      actionsEnabled: properties.ActionsEnabled,
      suppressedBy: null,
      ...this.status.view(),
    };
  }

  /** The warm-up ends early when its periods have filled with data, unless the alarm must wait. */
  #warmsUp(realPoints: number, now: number): boolean {
    if (this.#warmUpEndsAt === null) return false;
    const { WarmUpConfiguration, EvaluationPeriods } = this.alarm.properties;
    const mayEndEarly = WarmUpConfiguration?.OnlyStartEvaluatingAfterWarmUpPeriodEnds === false;
    if (now < this.#warmUpEndsAt && !(mayEndEarly && realPoints >= EvaluationPeriods)) return true;
    this.#warmUpEndsAt = null;
    return false;
  }
}
