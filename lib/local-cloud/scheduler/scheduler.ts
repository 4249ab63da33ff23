import { randomUUID } from 'node:crypto';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import { type NextDue, readScheduleExpression } from './schedule-expression.ts';

interface Options {
  readonly resources: readonly Resource[];
  readonly account: { readonly id: string; readonly region: string };
  readonly clock: Clock;
  /** Hands an event to a function, which runs it asynchronously. `payload` is JSON. */
  readonly send: (target: string, payload: string) => Promise<void>;
}

/** A schedule, as a person may look at it. Times are ISO 8601. */
export interface ScheduleView {
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
  readonly target: string;
  readonly enabled: boolean;
  readonly last: string | null;
  readonly next: string | null;
}

interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly timezone: string;
  readonly target: string;
  readonly input: string | undefined;
  readonly enabled: boolean;
  readonly nextDue: NextDue;
  last: number | null;
  next: number | null;
  cancel: () => void;
}

/**
 * EventBridge Scheduler: `AWS::Scheduler::Schedule` with functions as targets, on the clock. A rate is due for the first
 * time when it starts. A run that falls due while the machine sleeps is made up for once; when its clock is set back, all
 * is planned anew.
 *
 * The schedule's own retries and dead-letter queue are for events that Lambda does not accept, and it accepts all that are
 * sent here; what becomes of them then is Lambda's business (`async-invocations.ts`). Flexible windows are not emulated.
 */
export class Scheduler {
  readonly #options: Options;
  readonly #schedules: readonly Schedule[];
  readonly #paused = new Set<string>();
  #startedAt = 0;

  /** @throws Error for an expression that cannot be read */
  constructor(options: Options) {
    this.#options = options;
    const { id, region } = options.account;
    this.#schedules = options.resources
      .filter(({ type, properties }) => type === 'AWS::Scheduler::Schedule' && !callsAws(properties))
      .map(({ logicalId, properties }) => {
        const name: string = properties['Name'] ?? logicalId;
        const timezone: string = properties['ScheduleExpressionTimezone'] ?? 'UTC';
        const expression = String(properties['ScheduleExpression']);
        return {
          ...{ name, timezone, expression },
          arn: `arn:aws:scheduler:${region}:${id}:schedule/${properties['GroupName'] ?? 'default'}/${name}`,
          target: String(properties['Target']?.Arn),
          input: properties['Target']?.Input,
          enabled: properties['State'] !== 'DISABLED',
          nextDue: readScheduleExpression(expression, timezone),
          last: null,
          next: null,
          cancel: () => undefined,
        };
      });
  }

  start(): void {
    this.#startedAt = this.#options.clock.now();
    for (const schedule of this.#schedules) if (schedule.enabled) this.#plan(schedule, this.#startedAt - 1);
  }

  stop(): void {
    for (const schedule of this.#schedules) schedule.cancel();
  }

  /**
   * Passes over what falls due of the schedules with this ending of their names, for a drill.
   * @returns how to end that
   * @throws Error if there is none
   */
  pause(ending: string): () => void {
    const names = this.#schedules.map(({ name }) => name).filter((name) => name.endsWith(ending));
    if (names.length === 0) throw new Error(`no schedule's name ends in ${ending}`);
    for (const name of names) this.#paused.add(name);
    return () => {
      for (const name of names) this.#paused.delete(name);
    };
  }

  list(): ScheduleView[] {
    const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
    return this.#schedules.map(({ name, expression, timezone, target, enabled, last, next }) => ({
      ...{ name, expression, timezone, target },
      enabled: enabled && !this.#paused.has(name),
      last: iso(last),
      next: iso(next),
    }));
  }

  #plan(schedule: Schedule, after: number): void {
    const { clock, send } = this.#options;
    const due = schedule.nextDue(after, this.#startedAt);
    schedule.next = due;
    if (due === null) return;
    schedule.cancel = clock.at(due, () => {
      const now = clock.now();
      this.#startedAt = Math.min(this.#startedAt, now);
      this.#plan(schedule, now);
      if (now < due || this.#paused.has(schedule.name)) return undefined;
      schedule.last = clock.now();
      return send(schedule.target, schedule.input ?? this.#scheduledEvent(schedule, due));
    });
  }

  /** What a function gets from a schedule that names no input. */
  #scheduledEvent({ arn }: Schedule, due: number): string {
    const { id: account, region } = this.#options.account;
    return JSON.stringify({
      ...{ version: '0', id: randomUUID(), 'detail-type': 'Scheduled Event', source: 'aws.scheduler', account },
      ...{ time: `${new Date(due).toISOString().slice(0, 19)}Z`, region, resources: [arn], detail: '{}' },
    });
  }
}

/** A universal target, which calls an AWS API instead of a function: there is none here to call. */
const callsAws = (properties: Resource['properties']): boolean =>
  String(properties['Target']?.Arn).includes(':scheduler:::aws-sdk:');
