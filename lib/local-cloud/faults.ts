import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Clock } from './clock.ts';
import type { LocalAction } from './pages/local-pages.ts';

/** Faults that have to be held, for supervision would mend them at once. */
export const HELD_FAULTS = ['database-down', 'pooler-down', 'dead-probe'] as const;
export type HeldFault = (typeof HELD_FAULTS)[number];

export interface FaultView {
  readonly fault: HeldFault;
  /** ISO 8601. */
  readonly since: string;
  /** When it is lifted, if nobody does it before. */
  readonly until: string;
}

/** Brings a fault about. @returns what lifts it; resolves when all is as it was */
export type Inject = () => () => void | Promise<void>;

interface Held extends FaultView {
  readonly cancel: () => void;
  readonly lift: () => void | Promise<void>;
}

/**
 * The faults of a running service. Each ends by itself after its time, so that a drill which is killed leaves nothing
 * broken behind.
 */
export class Faults {
  readonly #inject: Readonly<Record<HeldFault, Inject>>;
  readonly #clock: Clock;
  readonly #print: (line: string) => void;
  readonly #held = new Map<HeldFault, Held>();

  constructor(inject: Readonly<Record<HeldFault, Inject>>, clock: Clock, print: (line: string) => void) {
    this.#inject = inject;
    this.#clock = clock;
    this.#print = print;
  }

  list(): FaultView[] {
    return [...this.#held.values()].map(({ fault, since, until }) => ({ fault, since, until }));
  }

  /** @throws Error where it is there already, or cannot be brought about */
  inject(fault: HeldFault, seconds: number): FaultView {
    if (this.#held.has(fault)) throw new Error(`${fault} is injected already`);
    const now = this.#clock.now();
    const until = now + seconds * 1000;
    const lift = this.#inject[fault]();
    const cancel = this.#clock.at(until, () => this.lift(fault));
    const view = { fault, since: new Date(now).toISOString(), until: new Date(until).toISOString() };
    this.#held.set(fault, { ...view, cancel, lift });
    this.#print(`Fault injected: ${fault}, for ${seconds} s at most`);
    return view;
  }

  /**
   * Lifts one, or all; resolves when all is as it was.
   * @returns those that were there
   */
  async lift(only?: HeldFault): Promise<HeldFault[]> {
    const lifted = [...this.#held.values()].filter(({ fault }) => only === undefined || fault === only);
    for (const { fault, cancel } of lifted) {
      this.#held.delete(fault);
      cancel();
    }
    await Promise.all(lifted.map(({ lift }) => lift()));
    for (const { fault } of lifted) this.#print(`Fault lifted: ${fault}`);
    return lifted.map(({ fault }) => fault);
  }
}

const DEFAULT_SECONDS = 600;
const MAX_BODY_BYTES = 1024;

const request = z.strictObject({
  fault: z.enum(HELD_FAULTS),
  seconds: z.int().min(1).max(3600).default(DEFAULT_SECONDS),
});

/**
 * `POST /_local/faults` with `{"fault": "database-down", "seconds": 600}` injects one, `DELETE /_local/faults/database-down`
 * lifts it, `DELETE /_local/faults` lifts all.
 * Only JSON is taken, which a page in a browser cannot send across origins without being asked about it.
 */
export function faultsAction(faults: Faults): LocalAction {
  return async (message) => {
    if (message.method === 'DELETE') {
      const [, name] = /\/faults\/([^/?]+)$/.exec(message.url ?? '') ?? [];
      const only = HELD_FAULTS.find((fault) => fault === name);
      if (name !== undefined && only === undefined) return problem(404, `there is ${HELD_FAULTS.join(', ')}`);
      return { status: 200, body: { lifted: await faults.lift(only) } };
    }
    if (message.method !== 'POST') return problem(405, 'POST or DELETE');
    if (message.headers['content-type'] !== 'application/json') return problem(415, 'application/json only');
    const read = request.safeParse(await jsonOf(message));
    if (!read.success) return problem(422, z.prettifyError(read.error));
    try {
      return { status: 201, body: faults.inject(read.data.fault, read.data.seconds) };
    } catch (error) {
      return problem(409, (error as Error).message);
    }
  };
}

const problem = (status: number, text: string) => ({ status, body: { problem: text } });

/** Undefined for what is no JSON, or too much of it. */
async function jsonOf(message: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
