import type { AlarmState, AlarmView, StateChange } from './alarm.ts';

const MAX_HISTORY = 100;

/** The state of one alarm, with its reason and history. */
export class AlarmStatus {
  readonly #history: StateChange[] = [];
  #state: AlarmState = 'INSUFFICIENT_DATA';
  #reason = 'Unchecked: Initial alarm creation';
  #since: number;

  constructor(createdAt: number) {
    this.#since = createdAt;
  }

  get state(): AlarmState {
    return this.#state;
  }

  /** Epoch milliseconds. */
  get since(): number {
    return this.#since;
  }

  get lastChange(): StateChange | undefined {
    return this.#history[0];
  }

  change(to: AlarmState, reason: string, at: number): StateChange {
    const change = { at, from: this.#state, to, reason };
    this.#state = to;
    this.#reason = reason;
    this.#since = at;
    this.#history.unshift(change);
    this.#history.splice(MAX_HISTORY);
    return change;
  }

  view(): Pick<AlarmView, 'state' | 'reason' | 'since' | 'history'> {
    return {
      state: this.#state,
      reason: this.#reason,
      since: new Date(this.#since).toISOString(),
      history: this.#history.map((change) => ({ ...change, at: new Date(change.at).toISOString() })),
    };
  }
}
