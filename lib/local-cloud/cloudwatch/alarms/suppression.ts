import type { Clock } from '../../machine/clock.ts';
import type { AlarmView } from './alarm.ts';

export interface SuppressionOptions {
  readonly clock: Clock;
  readonly waitSeconds: number;
  readonly extensionSeconds: number;
  /** Does the actions of the state that the alarm is in. */
  readonly act: () => void;
}

/**
 * Suppresses a composite alarm's actions by its suppressor. A change of the alarm waits to see whether the suppressor enters
 * ALARM, too; a new change waits anew. While the suppressor is in ALARM no action runs. When it has returned to OK, a
 * suppressed action waits once more, and then runs for the state of that moment. A change during that wait begins a first
 * wait.
 */
export class Suppression {
  readonly #options: SuppressionOptions;
  #phase: AlarmView['suppressedBy'] = null;
  #suppressed = false;
  #cancel: () => void = () => undefined;

  constructor(options: SuppressionOptions) {
    this.#options = options;
  }

  /** Why actions are held back just now. */
  get phase(): AlarmView['suppressedBy'] {
    return this.#phase;
  }

  /** The alarm has changed its state. */
  onChange(suppressorInAlarm: boolean): void {
    this.#suppressed = true;
    if (suppressorInAlarm) this.#enter('Alarm');
    else this.#wait('WaitPeriod', this.#options.waitSeconds);
  }

  /** The suppressor has gone into ALARM, or out of it. */
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
