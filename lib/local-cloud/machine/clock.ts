/**
 * Time, as the local cloud sees it. `npm start` runs on the machine's clock; a test injects one that it turns by hand, so
 * that an hour of schedules and alarms takes a second.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Calls `job` once, when the clock has reached `at` (epoch milliseconds). Where the clock is set back meanwhile, it is
   * called when as much time has passed, which is before `at`.
   * @returns how to call it off
   */
  at(at: number, job: () => unknown): () => void;
}

/** Timers stand still while the machine sleeps, so none is longer than this. Milliseconds. */
const STEP_MS = 30_000;
/** The least step backwards that is taken for a clock that was set, and not for one that is corrected. Milliseconds. */
const SET_BACK_MS = 2_000;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at: (at, job) => {
    let timer: NodeJS.Timeout;
    let due = at;
    let [time, passed] = [Date.now(), performance.now()];
    const wait = () => {
      const setBack = performance.now() - passed - (Date.now() - time);
      if (setBack > SET_BACK_MS) due -= setBack;
      [time, passed] = [Date.now(), performance.now()];
      const left = due - time;
      if (left <= 0) return void job();
      timer = setTimeout(wait, Math.min(left, STEP_MS));
      timer.unref();
    };
    timer = setTimeout(wait, 0);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Due {
  readonly at: number;
  readonly job: () => unknown;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number;
  readonly #due = new Set<Due>();

  constructor(start: Date | number) {
    this.#now = Number(start);
  }

  now(): number {
    return this.#now;
  }

  at(at: number, job: () => unknown): () => void {
    const due = { at, job };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** Goes forward, does in order what falls due on the way, and waits for each job before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      await next.job();
    }
    this.#now = end;
  }

  /** Goes forward as the clock of a machine that slept: what fell due meanwhile is done when it wakes, and waited for. */
  async leap(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }
}
