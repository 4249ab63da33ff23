import { randomUUID } from 'node:crypto';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import { type NextDue, readScheduleExpression } from './schedule-expression.ts';

interface SchedulerOptions {
  readonly resources: readonly Resource[];
  readonly account: { readonly id: string; readonly region: string };
  readonly clock: Clock;
  /** Sends an event to a function, which runs it asynchronously. `payload` is JSON. */
  readonly send: (target: string, payload: string) => Promise<void>;
}

/** A schedule as the local pages show it. Times are ISO 8601. */
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
 * EventBridge Scheduler: `AWS::Scheduler::Schedule` with functions as targets, on the clock. A rate is due for the
 * first time when it starts. If runs fall due while the machine sleeps, one of them is made up for. When the clock is
 * set back, all runs are planned again.
 *
 * The schedule's own retries and dead-letter queue are for events that Lambda does not accept. Lambda accepts
 * everything that is sent here, and handles failures itself (`async-invocations.ts`). Flexible windows are not
 * emulated.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #schedules: readonly Schedule[];
  readonly #paused = new Set<string>();
  #startedAt = 0;

  /** @throws Error for an expression that cannot be read */
  constructor(options: SchedulerOptions) {
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
   * Skips runs of the schedules whose names have this ending, for a drill.
   * @returns a function that ends the pause
   * @throws Error if there is no such schedule
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

  /** The event of a schedule without an input. */
  #scheduledEvent({ arn }: Schedule, due: number): string {
    const { id: account, region } = this.#options.account;
    return JSON.stringify({
      ...{ version: '0', id: randomUUID(), 'detail-type': 'Scheduled Event', source: 'aws.scheduler', account },
      ...{ time: `${new Date(due).toISOString().slice(0, 19)}Z`, region, resources: [arn], detail: '{}' },
    });
  }
}

/** Whether the target is universal, which calls an AWS API instead of a function. There is no such API here. */
const callsAws = (properties: Resource['properties']): boolean =>
  String(properties['Target']?.Arn).includes(':scheduler:::aws-sdk:');
