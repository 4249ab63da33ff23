import type { Drill, DrillTarget, InjectedFault } from './drill.ts';
import type { ObservedAlarm, ObservedMessage, ObservedService } from './service-under-drill.ts';

export interface DrillRun {
  readonly drill: Drill;
  readonly target: DrillTarget;
  readonly observed: ObservedService;
  /** The prefix of the alarms' names. */
  readonly service: string;
  /** Epoch milliseconds of the clock that the alarms run on. */
  readonly now: () => number;
  /** Waits a little between two polls. */
  readonly wait: () => Promise<void>;
  readonly print: (line: string) => void;
  /** Abort it to end the drill: the fault is lifted anyway. */
  readonly signal: AbortSignal;
}

export interface DrillOutcome {
  /** From the fault until someone is paged and an alarm of the drill is in ALARM; null if that took too long. */
  readonly pagedAfterSeconds: number | null;
  /** From the end of the fault to the all-clear; null if none came in time. */
  readonly clearedAfterSeconds: number | null;
}

/** Six requests per minute. From 20 on, the drill's own requests would trigger the alarm on API errors. */
const HEALTH_EVERY_MS = 10_000;

/** Time for the first sample after a start. Seconds. */
const READY_WITHIN_SECONDS = 150;

/**
 * Waits until the service is ready, injects the fault, waits for the page, lifts the fault in any case, and waits for
 * the all-clear. Prints each change.
 * @throws Error if the service is not ready, or if the fault cannot be injected or lifted
 */
export async function runDrill(run: DrillRun): Promise<DrillOutcome> {
  const { drill, print, now, signal } = run;
  await ready(run);
  const faultAt = now();
  const timeline = new Timeline(run, faultAt);
  print(line('fault', 0, `${drill.name}: ${drill.what}`));
  const injected = await drill.inject(run.target);
  let pagedAfterSeconds: number | null = null;
  let liftedAt = faultAt;
  try {
    const pagedAt = await timeline.follow(faultAt, drill.pageWithinSeconds, pageSince(run, faultAt));
    if (pagedAt !== undefined) pagedAfterSeconds = secondsBetween(faultAt, pagedAt);
    else if (!signal.aborted) print(line('no page', drill.pageWithinSeconds, 'within the time limit of this drill'));
  } finally {
    liftedAt = now();
    await lift(injected, run, faultAt);
  }
  if (pagedAfterSeconds === null) return { pagedAfterSeconds, clearedAfterSeconds: null };
  const clearAt = await timeline.follow(liftedAt, drill.clearWithinSeconds, allClearSince(run, liftedAt));
  if (clearAt === undefined && !signal.aborted)
    print(
      line(
        'no all-clear',
        secondsBetween(faultAt, now()),
        `within ${drill.clearWithinSeconds} s of the end of the fault`,
      ),
    );
  return { pagedAfterSeconds, clearedAfterSeconds: clearAt === undefined ? null : secondsBetween(liftedAt, clearAt) };
}

/** Waits for the first sample, and until every alarm that would page is OK. Other alarms in ALARM do not matter. */
async function ready({ drill, observed, service, now, wait, print, signal }: DrillRun): Promise<void> {
  const until = now() + READY_WITHIN_SECONDS * 1000;
  const wanted = new Set([...drill.pages, ...drill.alarms].map((name) => `${service}-${name}`));
  for (let announced = false; ; announced = true) {
    signal.throwIfAborted();
    const unsettled = (await observed.alarms()).filter(({ name, state }) => wanted.has(name) && state !== 'OK');
    const health = await observed.health();
    if (unsettled.length === 0 && !/^unknown/.test(health)) return;
    const why = [`health is ${health}`, ...unsettled.map(({ name, state }) => `${name} is ${state}`)].join(', ');
    if (now() > until) throw new Error(`${service} is not ready for this drill: ${why}`);
    if (!announced) print(`Waiting for ${service}: ${why}`);
    await wait();
  }
}

async function lift(injected: InjectedFault, { print, now, drill }: DrillRun, faultAt: number): Promise<void> {
  await injected.lift();
  print(line('lifted', secondsBetween(faultAt, now()), `${drill.name} has ended`));
}

/** What one poll returned. */
interface Seen {
  readonly alarms: readonly ObservedAlarm[];
  /** Newest first. */
  readonly messages: readonly ObservedMessage[];
}

/** Returns when an event occurred, in epoch milliseconds, or undefined. */
type CameAt = (seen: Seen) => number | undefined;

/**
 * Looks for the page, and for an alarm of the drill in ALARM. The alarm need not have caused the page: with traffic,
 * other alarms may be faster, and an incident is one page, whichever alarm was first.
 */
function pageSince(run: DrillRun, since: number): CameAt {
  const wanted = run.drill.alarms.map((alarm) => `${run.service}-${alarm}`);
  return ({ alarms, messages }) => {
    const paged = firstMessage(messages, run, 'ALARM', since);
    const on = alarms
      .filter(({ name }) => wanted.includes(name))
      .flatMap(({ history }) => history.filter(({ to }) => to === 'ALARM').map(({ at }) => Date.parse(at)))
      .filter((at) => at >= since);
    return paged === undefined || on.length === 0 ? undefined : Math.max(paged, Math.min(...on));
  };
}

function allClearSince(run: DrillRun, since: number): CameAt {
  return ({ messages }) => firstMessage(messages, run, 'OK', since);
}

/** When people were first notified of this state since then, by an alarm that pages for the drill. */
function firstMessage(
  messages: readonly ObservedMessage[],
  { drill, service }: DrillRun,
  state: 'ALARM' | 'OK',
  since: number,
): number | undefined {
  const pages = new Set(drill.pages.map((name) => `${service}-${name}`));
  const first = messages.findLast(({ topic, subject, message, publishedAt }) => {
    if (isBeforePager(topic) || Date.parse(publishedAt) < since) return false;
    const alarm = ALARM_LINE.exec(message)?.[1] ?? '';
    return pages.has(alarm) && subject.startsWith('[OK]') === (state === 'OK');
  });
  return first && Date.parse(first.publishedAt);
}

/** Messages of alarms are not pages yet: the pager turns them into pages. */
const isBeforePager = (topic: string): boolean => topic.endsWith('-alarms');

/** Every page of an alarm contains its name. */
const ALARM_LINE = /^Alarm: (\S+)$/m;

/** Polls the service, and prints changes with the seconds since the fault. */
class Timeline {
  readonly #run: DrillRun;
  readonly #faultAt: number;
  readonly #printed = new Set<string>();
  #health = '';
  #healthDueAt = 0;

  constructor(run: DrillRun, faultAt: number) {
    this.#run = run;
    this.#faultAt = faultAt;
  }

  /** @returns when the expected event occurred, or undefined if it did not in time */
  async follow(from: number, seconds: number, cameAt: CameAt): Promise<number | undefined> {
    const { now, wait, signal } = this.#run;
    while (!signal.aborted) {
      const found = cameAt(await this.#look());
      const until = from + seconds * 1000;
      if (found !== undefined) return found <= until ? found : undefined;
      if (now() > until) return undefined;
      await wait();
    }
    return undefined;
  }

  async #look(): Promise<Seen> {
    const { observed, service } = this.#run;
    void this.#noticeHealth();
    const alarms = await observed.alarms();
    for (const { name, kind, state, since, history } of alarms) {
      // an alarm that enters its first state has notified nobody
      if (kind === 'metric' && history[0]?.from !== 'INSUFFICIENT_DATA')
        this.#printOnce('alarm', Date.parse(since), `${name.replace(`${service}-`, '')} ${state}`);
    }
    const messages = await observed.messages();
    for (const { publishedAt, topic, subject } of messages.filter((one) => !isBeforePager(one.topic)).reverse())
      this.#printOnce('message', Date.parse(publishedAt), `${topic}: ${subject}`);
    return { alarms, messages };
  }

  /** Runs alongside the rest, because it takes seconds while the database is unavailable. */
  async #noticeHealth(): Promise<void> {
    const { observed, now } = this.#run;
    if (now() < this.#healthDueAt) return;
    this.#healthDueAt = now() + HEALTH_EVERY_MS;
    const health = await observed.health();
    // the growing age of a sample is not reported every ten seconds
    const kind = health.replaceAll(/\d+/g, '');
    if (kind === this.#health) return;
    this.#health = kind;
    this.#printOnce('health', now(), health);
  }

  /** Prints each event once, and only those after the fault. */
  #printOnce(what: string, at: number, text: string): void {
    const key = `${what} ${at} ${text}`;
    if (at < this.#faultAt || this.#printed.has(key)) return;
    this.#printed.add(key);
    this.#run.print(line(what, secondsBetween(this.#faultAt, at), text));
  }
}

const secondsBetween = (from: number, to: number): number => Math.round((to - from) / 100) / 10;

const line = (what: string, seconds: number, text: string): string =>
  `${`+${seconds.toFixed(1)} s`.padStart(10)}  ${what.padEnd(8)}  ${text}`;
