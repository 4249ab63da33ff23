import type { Clock } from '../machine/clock.ts';

/** A fault that is there. */
export interface ActiveFault {
  /** Ends it; resolves when all is as it was. */
  lift(): void | Promise<void>;
  /** What the caller needs to know about it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Brings a fault about. @throws Error if that cannot be; then nothing is left of it */
export type InjectFault = () => ActiveFault | Promise<ActiveFault>;

/** A fault as a person, or a drill, sees it. */
export interface FaultView {
  readonly fault: string;
  /** ISO 8601. */
  readonly since: string;
  /** When it ends by itself, if nobody lifts it before. ISO 8601. */
  readonly until: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Injected extends FaultView {
  readonly cancel: () => void;
  readonly lift: () => void | Promise<void>;
}

/**
 * The faults of a running service. Each ends by itself after its time, so that a drill which is killed leaves nothing
 * broken behind.
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

  /** What may be injected. */
  get names(): readonly string[] {
    return Object.keys(this.#known);
  }

  list(): FaultView[] {
    return [...this.#injected.values()].map(({ cancel: _, lift: __, ...view }) => view);
  }

  /** @throws Error if it is there already, or cannot be brought about */
  async inject(fault: string, seconds: number): Promise<FaultView> {
    const inject = Object.hasOwn(this.#known, fault) ? this.#known[fault] : undefined;
    if (inject === undefined) throw new Error(`${fault} is not one of ${this.names.join(', ')}`);
    if (this.#injected.has(fault) || this.#starting.has(fault)) throw new Error(`${fault} is injected already`);
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
   * Lifts one, or all; resolves when all is as it was.
   * @returns those that were there
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
