/**
 * The local cloud's clock. `npm start` uses the machine's clock. A test injects one that it advances by hand, so that
 * an hour of schedules and alarms takes a second.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Calls `job` once, when the clock has reached `at` (epoch milliseconds). If the clock is set back meanwhile, `job`
   * is called after the same elapsed time, which is before `at`.
   * @returns a function that cancels the call
   */
  at(at: number, job: () => unknown): () => void;
}

/** Timers stop while the machine sleeps, so none is longer than this. Milliseconds. */
const STEP_MS = 30_000;
/**
 * A backward step of at least this size counts as a clock that was set, a smaller one as a correction. Milliseconds.
 */
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

/** A clock that stands still until a test moves it. */
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

  /** Moves forward, runs every job that falls due on the way in order, and waits for each before the next. */
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

  /**
   * Moves forward like the clock of a machine that slept: jobs that fell due meanwhile run when it wakes, and are
   * awaited.
   */
  async leap(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }
}
