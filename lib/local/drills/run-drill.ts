import type { OutboxMessage } from '../cloud/sns-message.ts';
import type { Drill, Injected, Patient } from './drill.ts';
import type { ObservedService } from './observed-service.ts';

export interface DrillRun {
  readonly drill: Drill;
  readonly patient: Patient;
  readonly observed: ObservedService;
  /** Of the alarms' names. */
  readonly service: string;
  /** Epoch milliseconds of the clock that the alarms run on. */
  readonly now: () => number;
  /** Lets a little time pass between two looks. */
  readonly wait: () => Promise<void>;
  readonly print: (line: string) => void;
  /** Aborted when the drill is no longer wanted: the fault is lifted all the same. */
  readonly signal: AbortSignal;
}

export interface DrillOutcome {
  /** From the fault to the page; null where none came in time. */
  readonly pagedAfterSeconds: number | null;
  /** From the end of the fault to the all-clear; null where none came in time. */
  readonly clearedAfterSeconds: number | null;
}

/** Six requests a minute: from 20 on, the drill's own would be judged by the alarm on errors of the API. */
const HEALTH_EVERY_MS = 10_000;

/** For the first sample after a start. Seconds. */
const READY_WITHIN_SECONDS = 150;

/**
 * Waits until the service is well, injects the fault, follows it to the page, lifts it whatever happens, and follows that
 * to the all-clear. Prints each change on the way.
 * @throws Error where the service is not well, or the fault cannot be brought about or lifted
 */
export async function runDrill(run: DrillRun): Promise<DrillOutcome> {
  const { drill, print, now, signal } = run;
  await ready(run);
  const faultAt = now();
  const timeline = new Timeline(run, faultAt);
  print(line('fault', 0, `${drill.name}: ${drill.what}`));
  const injected = await drill.inject(run.patient);
  let pagedAfterSeconds: number | null = null;
  let liftedAt = faultAt;
  try {
    const page = await timeline.follow(faultAt, drill.pageWithinSeconds, isMessage(run, 'ALARM', faultAt));
    if (page) pagedAfterSeconds = secondsBetween(faultAt, Date.parse(page.publishedAt));
    else if (!signal.aborted) print(line('no page', drill.pageWithinSeconds, 'within the time of this drill'));
  } finally {
    liftedAt = now();
    await lift(injected, run, faultAt);
  }
  if (pagedAfterSeconds === null) return { pagedAfterSeconds, clearedAfterSeconds: null };
  const clear = await timeline.follow(liftedAt, drill.clearWithinSeconds, isMessage(run, 'OK', liftedAt));
  if (!clear && !signal.aborted)
    print(line('no all-clear', secondsBetween(faultAt, now()), `within ${drill.clearWithinSeconds} s of the end`));
  return {
    pagedAfterSeconds,
    clearedAfterSeconds: clear ? secondsBetween(liftedAt, Date.parse(clear.publishedAt)) : null,
  };
}

async function ready({ observed, service, now, wait, print, signal }: DrillRun): Promise<void> {
  const until = now() + READY_WITHIN_SECONDS * 1000;
  for (let told = false; ; told = true) {
    signal.throwIfAborted();
    const composites = (await observed.alarms()).filter(({ kind }) => kind === 'composite');
    const on = composites.filter(({ state }) => state === 'ALARM').map(({ name }) => name);
    if (on.length > 0) throw new Error(`${on.join(' and ')} is on: a drill needs ${service} to be well`);
    const health = await observed.health();
    if (composites.every(({ state }) => state === 'OK') && /^(healthy|warning)/.test(health)) return;
    if (now() > until) throw new Error(`${service} is not well: ${health}`);
    if (!told) print(`Waiting for ${service} to be well: ${health}`);
    await wait();
  }
}

async function lift(injected: Injected, { print, now, drill }: DrillRun, faultAt: number): Promise<void> {
  await injected.lift();
  print(line('lifted', secondsBetween(faultAt, now()), `${drill.name} is over`));
}

/** The composite of the drill's severity, in this state and since then, and set off by one of the drill's alarms. */
function isMessage({ drill, service }: DrillRun, state: 'ALARM' | 'OK', since: number) {
  return ({ message, publishedAt }: OutboxMessage): boolean => {
    const {
      AlarmName,
      NewStateValue,
      TriggeringChildren = [],
    } = JSON.parse(message) as {
      AlarmName: string;
      NewStateValue: string;
      TriggeringChildren?: { Arn: string }[];
    };
    if (AlarmName !== `${service}-database-${drill.severity}` || NewStateValue !== state) return false;
    if (Date.parse(publishedAt) < since) return false;
    if (state === 'OK') return true;
    return TriggeringChildren.some(({ Arn }) =>
      drill.alarms.some((alarm) => Arn.endsWith(`:alarm:${service}-${alarm}`)),
    );
  };
}

/** Follows what changes, and prints it with the seconds since the fault. */
class Timeline {
  readonly #run: DrillRun;
  readonly #faultAt: number;
  readonly #told = new Set<string>();
  #health = '';
  #healthDueAt = 0;

  constructor(run: DrillRun, faultAt: number) {
    this.#run = run;
    this.#faultAt = faultAt;
  }

  /** @returns the message that was waited for, or undefined where it did not come in time */
  async follow(
    from: number,
    seconds: number,
    isWanted: (message: OutboxMessage) => boolean,
  ): Promise<OutboxMessage | undefined> {
    const { now, wait, signal } = this.#run;
    while (!signal.aborted) {
      const found = (await this.#look()).find(isWanted);
      const until = from + seconds * 1000;
      if (found) return Date.parse(found.publishedAt) <= until ? found : undefined;
      if (now() > until) return undefined;
      await wait();
    }
    return undefined;
  }

  async #look(): Promise<readonly OutboxMessage[]> {
    const { observed, service } = this.#run;
    void this.#noticeHealth();
    for (const { name, kind, state, since, history } of await observed.alarms()) {
      // an alarm that has found its first state has told nothing
      if (kind === 'metric' && history[0]?.from !== 'INSUFFICIENT_DATA')
        this.#tell('alarm', Date.parse(since), `${name.replace(`${service}-`, '')} ${state}`);
    }
    const messages = await observed.messages();
    for (const { publishedAt, topic, subject } of [...messages].reverse())
      this.#tell('message', Date.parse(publishedAt), `${topic}: ${subject}`);
    return messages;
  }

  /** Beside the rest, for with the database away it takes seconds. */
  async #noticeHealth(): Promise<void> {
    const { observed, now } = this.#run;
    if (now() < this.#healthDueAt) return;
    this.#healthDueAt = now() + HEALTH_EVERY_MS;
    const health = await observed.health();
    // a sample that grows old is no news every ten seconds
    const kind = health.replaceAll(/\d+/g, '');
    if (kind === this.#health) return;
    this.#health = kind;
    this.#tell('health', now(), health);
  }

  /** Once, and only what has come after the fault. */
  #tell(what: string, at: number, text: string): void {
    const key = `${what} ${at} ${text}`;
    if (at < this.#faultAt || this.#told.has(key)) return;
    this.#told.add(key);
    this.#run.print(line(what, secondsBetween(this.#faultAt, at), text));
  }
}

const secondsBetween = (from: number, to: number): number => Math.round((to - from) / 100) / 10;

const line = (what: string, seconds: number, text: string): string =>
  `${`+${seconds.toFixed(1)} s`.padStart(10)}  ${what.padEnd(8)}  ${text}`;
