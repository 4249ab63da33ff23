import type { Clock } from '../../machine/clock.ts';
import type { AlarmView } from './alarm.ts';

export interface SuppressionOptions {
  readonly clock: Clock;
  readonly waitSeconds: number;
  readonly extensionSeconds: number;
  /** Runs the actions for the alarm's current state. */
  readonly act: () => void;
}

/**
 * Suppresses a composite alarm's actions while its suppressor is in ALARM. A change of the alarm first waits to see
 * whether the suppressor enters ALARM, too; another change restarts the wait. While the suppressor is in ALARM no
 * action runs. When the suppressor has returned to OK, a suppressed action waits once more and then runs for the state
 * at that time. A change during that wait starts a new first wait.
 */
export class Suppression {
  readonly #options: SuppressionOptions;
  #phase: AlarmView['suppressedBy'] = null;
  #suppressed = false;
  #cancel: () => void = () => undefined;

  constructor(options: SuppressionOptions) {
    this.#options = options;
  }

  /** Why actions are currently suppressed. */
  get phase(): AlarmView['suppressedBy'] {
    return this.#phase;
  }

  /** The alarm has changed its state. */
  onChange(suppressorInAlarm: boolean): void {
    this.#suppressed = true;
    if (suppressorInAlarm) this.#enter('Alarm');
    else this.#wait('WaitPeriod', this.#options.waitSeconds);
  }

  /** The suppressor has entered or left ALARM. */
  onSuppressor(inAlarm: boolean): void {
    if (inAlarm) this.#enter('Alarm');
    else if (this.#suppressed) this.#wait('ExtensionPeriod', this.#options.extensionSeconds);
    else this.#enter(null);
  }

  stop(): void {
    this.#cancel();
  }

  #enter(phase: AlarmView['suppressedBy']): void {
    this.#cancel();
    this.#phase = phase;
  }

  #wait(phase: 'WaitPeriod' | 'ExtensionPeriod', seconds: number): void {
    this.#enter(phase);
    const { clock, act } = this.#options;
    this.#cancel = clock.at(clock.now() + seconds * 1000, () => {
      this.#phase = null;
      this.#suppressed = false;
      act();
    });
  }
}
