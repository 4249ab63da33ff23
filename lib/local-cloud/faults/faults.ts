import type { Clock } from '../machine/clock.ts';

/** An active fault. */
export interface ActiveFault {
  /** Ends the fault. Resolves when everything works as before. */
  lift(): void | Promise<void>;
  /** Details for the caller. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Injects a fault. @throws Error if that fails; then it leaves nothing behind */
export type InjectFault = () => ActiveFault | Promise<ActiveFault>;

/** A fault as a person or a drill sees it. */
export interface FaultView {
  readonly fault: string;
  /** ISO 8601. */
  readonly since: string;
  /** When it ends by itself if nobody lifts it earlier. ISO 8601. */
  readonly until: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Injected extends FaultView {
  readonly cancel: () => void;
  readonly lift: () => void | Promise<void>;
}

/**
 * The faults of a running service. Each ends by itself after its time, so a drill that is killed leaves nothing broken.
 */
export class Faults {
  readonly #known: Readonly<Record<string, InjectFault>>;
  readonly #clock: Clock;
  readonly #print: (line: string) => void;
  readonly #injected = new Map<string, Injected>();
  readonly #starting = new Set<string>();

  constructor(known: Readonly<Record<string, InjectFault>>, clock: Clock, print: (line: string) => void) {
    this.#known = known;
    this.#clock = clock;
    this.#print = print;
  }

  /** The names of faults that can be injected. */
  get names(): readonly string[] {
    return Object.keys(this.#known);
  }

  list(): FaultView[] {
    return [...this.#injected.values()].map(({ cancel: _, lift: __, ...view }) => view);
  }

  /** @throws Error if it is already active or cannot be injected */
  async inject(fault: string, seconds: number): Promise<FaultView> {
    const inject = Object.hasOwn(this.#known, fault) ? this.#known[fault] : undefined;
    if (inject === undefined) throw new Error(`${fault} is not one of ${this.names.join(', ')}`);
    if (this.#injected.has(fault) || this.#starting.has(fault)) throw new Error(`${fault} is already active`);
    this.#starting.add(fault);
    try {
      const now = this.#clock.now();
      const until = now + seconds * 1000;
      const { lift, details } = await inject();
      const view = {
        fault,
        since: new Date(now).toISOString(),
        until: new Date(until).toISOString(),
        ...(details === undefined ? {} : { details }),
      };
      const cancel = this.#clock.at(until, () => this.lift(fault));
      this.#injected.set(fault, { ...view, cancel, lift });
      this.#print(`Fault injected: ${fault}, for at most ${seconds} s`);
      return view;
    } finally {
      this.#starting.delete(fault);
    }
  }

  /**
   * Lifts one fault, or all. Resolves when everything works as before.
   * @returns the faults that were active
   */
  async lift(only?: string): Promise<string[]> {
    const lifted = [...this.#injected.values()].filter(({ fault }) => only === undefined || fault === only);
    for (const { fault, cancel } of lifted) {
      this.#injected.delete(fault);
      cancel();
    }
    await Promise.all(lifted.map(({ lift }) => lift()));
    for (const { fault } of lifted) this.#print(`Fault lifted: ${fault}`);
    return lifted.map(({ fault }) => fault);
  }
}
