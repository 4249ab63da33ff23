import type { Clock } from '../../machine/clock.ts';
import type { AlarmState, AlarmView, StateChange } from './alarm.ts';
import { type CompositeAlarm, transitionReason } from './composite.ts';
import type { TriggeringChild } from './messages.ts';
import { AlarmStatus } from './status.ts';
import { Suppression } from './suppression.ts';

/** Looks up another alarm's ARN and status. */
export type Others = (name: string) => { readonly arn: string; readonly status: AlarmStatus };

/** An alarm on other alarms, with its state. */
export class RunningComposite {
  readonly alarm: CompositeAlarm;
  readonly status: AlarmStatus;
  readonly #others: Others;
  readonly #act: (change: StateChange, children: readonly TriggeringChild[]) => void;
  readonly #suppression: Suppression | undefined;
  #suppressorState: AlarmState = 'INSUFFICIENT_DATA';
  #children: readonly TriggeringChild[] = [];

  constructor(
    alarm: CompositeAlarm,
    clock: Clock,
    others: Others,
    act: (change: StateChange, children: readonly TriggeringChild[]) => void,
  ) {
    this.alarm = alarm;
    this.status = new AlarmStatus(clock.now());
    this.#others = others;
    this.#act = act;
    const { ActionsSuppressorWaitPeriod: waitSeconds = 0, ActionsSuppressorExtensionPeriod: extensionSeconds = 0 } =
      alarm.properties;
    if (alarm.suppressor !== undefined)
      this.#suppression = new Suppression({ clock, waitSeconds, extensionSeconds, act: () => this.#actNow() });
  }

  /** Evaluates its rule. Call it after the alarms that it depends on. */
  evaluate(now: number): void {
    this.#noticeSuppressor();
    const to = this.alarm.rule.holds((name) => this.#others(name).status.state) ? 'ALARM' : 'OK';
    if (to === this.status.state) return;
    this.#children = this.#triggering(to);
    const [cause] = this.#children;
    this.status.change(to, cause ? transitionReason(cause) : 'The rule mentions no alarm', now);
    if (this.#suppression) this.#suppression.onChange(this.#suppressorState === 'ALARM');
    else this.#actNow();
  }

  stop(): void {
    this.#suppression?.stop();
  }

  view(): AlarmView {
    const { name, arn, properties } = this.alarm;
    return {
      name,
      arn,
      kind: 'composite',
      description: properties.AlarmDescription,
      actionsEnabled: properties.ActionsEnabled,
      suppressedBy: this.#suppression?.phase ?? null,
      ...this.status.view(),
    };
  }

  #noticeSuppressor(): void {
    const { suppressor } = this.alarm;
    if (suppressor === undefined) return;
    const before = this.#suppressorState;
    this.#suppressorState = this.#others(suppressor).status.state;
    const inAlarm = this.#suppressorState === 'ALARM';
    if (inAlarm !== (before === 'ALARM')) this.#suppression?.onSuppressor(inAlarm);
  }

  #actNow(): void {
    const { lastChange } = this.status;
    if (lastChange) this.#act(lastChange, this.#children);
  }

  /** The children in ALARM, oldest first, when it enters ALARM. The child that changed last, when it returns to OK. */
  #triggering(to: AlarmState): TriggeringChild[] {
    const children = this.alarm.rule.alarms.map((name) => {
      const { arn, status } = this.#others(name);
      return { arn, state: status.state, since: status.since };
    });
    const inAlarm = children.filter(({ state }) => state === 'ALARM').sort((a, b) => a.since - b.since);
    if (to === 'ALARM' && inAlarm.length > 0) return inAlarm;
    return children.sort((a, b) => b.since - a.since).slice(0, 1);
  }
}
