import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import type { Clock } from '../../machine/clock.ts';
import type { LocalAction } from '../../machine/local-page.ts';
import type { AlarmState } from './alarm.ts';

export interface SilenceView {
  readonly alarm: string;
  /** ISO 8601. */
  readonly until: string;
}

interface Silence {
  readonly until: number;
  readonly cancel: () => void;
  /** The last action that was suppressed, and the alarm's state at that time. */
  suppressed: { readonly state: AlarmState; readonly run: () => void } | undefined;
}

/**
 * Suppresses notifications of alarms for a while, like CloudWatch's mute rules. The alarms are still evaluated. If an
 * alarm is in ALARM when its silence ends, the suppressed page is sent then; a suppressed all-clear is not.
 */
export class Silences {
  readonly #clock: Clock;
  readonly #stateOf: (alarm: string) => AlarmState | undefined;
  readonly #silences = new Map<string, Silence>();

  /** @param stateOf returns an alarm's current state; undefined if there is no such alarm */
  constructor(clock: Clock, stateOf: (alarm: string) => AlarmState | undefined) {
    this.#clock = clock;
    this.#stateOf = stateOf;
  }

  list(): SilenceView[] {
    return [...this.#silences].map(([alarm, { until }]) => ({ alarm, until: new Date(until).toISOString() }));
  }

  /**
   * Silences an alarm from now on. A second silence replaces the first.
   * @throws Error if there is no such alarm
   */
  begin(alarm: string, minutes: number): SilenceView {
    if (this.#stateOf(alarm) === undefined) throw new Error(`there is no alarm ${alarm}`);
    const before = this.#silences.get(alarm);
    before?.cancel();
    const until = this.#clock.now() + minutes * 60_000;
    const cancel = this.#clock.at(until, () => this.end(alarm));
    this.#silences.set(alarm, { until, cancel, suppressed: before?.suppressed });
    return { alarm, until: new Date(until).toISOString() };
  }

  /** Ends an alarm's silence. @returns whether it was silenced */
  end(alarm: string): boolean {
    const silence = this.#silences.get(alarm);
    if (silence === undefined) return false;
    silence.cancel();
    this.#silences.delete(alarm);
    const { suppressed } = silence;
    if (suppressed?.state === 'ALARM' && this.#stateOf(alarm) === 'ALARM') suppressed.run();
    return true;
  }

  /** Runs an alarm's actions on a change of its state, unless it is silenced. */
  act(alarm: string, state: AlarmState, run: () => void): void {
    const silence = this.#silences.get(alarm);
    if (silence === undefined) run();
    else silence.suppressed = { state, run };
  }

  stop(): void {
    for (const { cancel } of this.#silences.values()) cancel();
    this.#silences.clear();
  }
}

const request = z.strictObject({ alarm: z.string(), minutes: z.number().min(1).max(1440) });

/**
 * `POST /_local/silences` with `{"alarm": "NAME", "minutes": 60}` silences an alarm, `DELETE /_local/silences/NAME`
 * ends the silence. Only JSON is accepted, because a web page cannot send it across origins without a preflight
 * request.
 */
export function silencesAction(silences: Silences): LocalAction {
  return async (message) => {
    if (message.method === 'DELETE') {
      const alarm = decodeURIComponent(/\/silences\/([^/?]+)$/.exec(message.url ?? '')?.[1] ?? '');
      return silences.end(alarm) ? { status: 200, body: { ended: alarm } } : problem(404, `${alarm} is not silenced`);
    }
    if (message.method !== 'POST') return problem(405, 'POST or DELETE');
    if (message.headers['content-type'] !== 'application/json') return problem(415, 'application/json only');
    const read = request.safeParse(await bodyOf(message));
    if (!read.success) return problem(422, z.prettifyError(read.error));
    try {
      return { status: 201, body: silences.begin(read.data.alarm, read.data.minutes) };
    } catch (error) {
      return problem(404, (error as Error).message);
    }
  };
}

const problem = (status: number, text: string) => ({ status, body: { problem: text } });

/** Undefined if the body is not JSON. */
const bodyOf = (message: IncomingMessage): Promise<unknown> => json(message).catch(() => undefined);
