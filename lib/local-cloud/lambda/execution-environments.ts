import {
  ExecutionEnvironment,
  type FunctionDefinition,
  failure,
  type InvocationFailure,
  type InvocationResult,
  type RunningEnvironment,
  type StartEnvironment,
} from './execution-environment.ts';
import type { FunctionEvent } from './function-event.ts';
import { type FunctionPool, InvocationQueue, type QueuedInvocation } from './invocation-queue.ts';

/** One invocation that has ended, or was throttled, as Lambda's own metrics count it. */
export interface InvocationRecord {
  readonly functionName: string;
  /** When it began, or was refused, as Lambda dates its metrics. Epoch milliseconds. */
  readonly at: number;
  readonly outcome: 'success' | 'error' | 'throttled';
  /** Of the handler; 0 for one that was throttled. */
  readonly durationMs: number;
  /** Invocations of the function under way when this one began, itself included. */
  readonly concurrentExecutions: number;
}

const STOP_GRACE_MS = 500;
/** Lambda ends an idle environment after minutes; how many, AWS does not say. */
const IDLE_MS = 5 * 60_000;

/** Where the oldest invocation has waited for this long, the queue does not drain. */
const STANDING_MS = 500;

/** A place under a function's reserved concurrency, for an invocation whose event is still on its way here. */
export interface ReservedPlace {
  /** Gives it back. Safe to call again. */
  release(): void;
}

/**
 * Execution environments as Lambda keeps them: each a process of its own that runs one invocation at a time, stays warm,
 * is started when none is free, ends when it has been idle for minutes, and is replaced after a crash or a timeout.
 *
 * An invocation over the function's reserved concurrency is throttled at once, as by Lambda. Below it, a function has at
 * most `concurrency` processes on this machine, and what Lambda would start beyond them waits for one, for at most
 * `queueTimeoutMs`; what waits counts toward the reservation, and so does a place that `reserve` has given out. A timed-out
 * or killed environment holds its place until its process is gone.
 */
export class ExecutionEnvironments {
  readonly #pools: ReadonlyMap<string, FunctionPool>;
  readonly #all = new Set<RunningEnvironment>();
  readonly #queue: InvocationQueue;
  readonly #queueTimeoutMs: number;
  readonly #onLog: (line: string, functionName: string) => void;
  readonly #onInvocation: (record: InvocationRecord) => void;
  readonly #now: () => number;
  readonly #startEnvironment: StartEnvironment;
  readonly #killAll = () => {
    for (const environment of this.#all) environment.kill('SIGKILL');
  };
  readonly #sweep: NodeJS.Timeout;
  #stopped: Promise<void> | undefined;

  /**
   * @param options.concurrency processes of one function at most
   * @param options.queueTimeoutMs how long an invocation waits for a process before it fails with `queue-timeout`
   * @param options.standingMs how long the oldest has waited when the newest goes first; default: half a second
   * @param options.onLog gets what the functions write, a line at a time
   * @param options.onInvocation called with each invocation that has ended or was throttled
   * @param options.now by which they are dated; default: the machine's clock
   * @param options.idleMs after which an idle environment ends, as in Lambda; default: five minutes
   * @param options.startEnvironment default: a process of its own
   */
  constructor(options: {
    functions: readonly FunctionDefinition[];
    concurrency: number;
    queueTimeoutMs: number;
    standingMs?: number;
    onLog?: (line: string, functionName: string) => void;
    onInvocation?: (record: InvocationRecord) => void;
    now?: () => number;
    idleMs?: number;
    startEnvironment?: StartEnvironment;
  }) {
    const { idleMs = IDLE_MS } = options;
    this.#sweep = setInterval(() => this.#endIdle(idleMs), Math.min(idleMs / 2, 30_000)).unref();
    this.#queueTimeoutMs = options.queueTimeoutMs;
    this.#queue = new InvocationQueue(options.standingMs ?? STANDING_MS);
    this.#onLog = options.onLog ?? (() => {});
    this.#onInvocation = options.onInvocation ?? (() => {});
    this.#now = options.now ?? Date.now;
    this.#startEnvironment = options.startEnvironment ?? ((...started) => new ExecutionEnvironment(...started));
    this.#pools = new Map(
      options.functions.map((definition) => {
        const processes = Math.min(options.concurrency, definition.reservedConcurrency ?? Number.POSITIVE_INFINITY);
        const idleSince = new WeakMap<RunningEnvironment, number>();
        return [definition.name, { definition, processes, idle: [], idleSince, running: 0, waiting: 0, reserved: 0 }];
      }),
    );
    // A handler in an endless loop never notices that its parent left.
    process.once('exit', this.#killAll);
  }

  get functionNames(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** Runs a function once. Rejects only for a name that was not defined, or an event that JSON cannot hold. */
  async invoke(functionName: string, event: unknown): Promise<InvocationResult> {
    return this.invokeSerialized(functionName, { json: JSON.stringify(event) });
  }

  /**
   * The same for an event that is written already. `signal` takes an invocation out of the queue, as `abandoned`; one that runs
   * is not interrupted. `onStart` is called when it has a process.
   */
  async invokeSerialized(
    functionName: string,
    event: FunctionEvent,
    options: { readonly signal?: AbortSignal; readonly onStart?: () => void } = {},
  ): Promise<InvocationResult> {
    const pool = this.#poolOf(functionName);
    if (this.#stopped) return failure('queue-timeout', 'Stopping', 'The execution environments are stopping');
    const throttled = this.throttled(functionName);
    if (throttled !== undefined) return throttled;
    const { name } = pool.definition;
    const { onStart } = options;
    const abandoned = failure('abandoned', 'Abandoned', `nobody waits for ${name} any more`);
    if (options.signal?.aborted) return abandoned;
    return new Promise((resolve) => {
      const leaveQueue = (result: InvocationFailure) => {
        this.#queue.remove(queued);
        resolve(result);
      };
      const timer = setTimeout(() => {
        this.#countThrottle(pool);
        const limit = `the ${pool.processes} that it may have here`;
        leaveQueue(failure('queue-timeout', 'TooManyRequests', `${name} found no process free of ${limit} in time`));
      }, this.#queueTimeoutMs);
      const abandon = () => leaveQueue(abandoned);
      options.signal?.addEventListener('abort', abandon, { once: true });
      const leave = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', abandon);
      };
      const queued: QueuedInvocation = { pool, since: performance.now(), event, onStart, resolve, leave };
      this.#queue.add(queued);
      this.#dispatch();
    });
  }

  /**
   * How an invocation of this moment fails where the function is at its reserved concurrency, and counts it as a throttle;
   * undefined if it would run.
   */
  throttled(functionName: string): InvocationFailure | undefined {
    const pool = this.#poolOf(functionName);
    const { name, reservedConcurrency = Number.POSITIVE_INFINITY } = pool.definition;
    if (pool.running + pool.waiting + pool.reserved < reservedConcurrency) return undefined;
    this.#countThrottle(pool);
    const limit = `its reserved concurrency of ${reservedConcurrency}`;
    return failure('throttled', 'TooManyRequestsException', `${name} is at ${limit}`);
  }

  /**
   * A place for an invocation whose event is not here yet, or how it fails, as `throttled` says. Whoever has it releases it
   * right before the invocation, or when there is none.
   */
  reserve(functionName: string): ReservedPlace | InvocationFailure {
    const throttled = this.throttled(functionName);
    if (throttled !== undefined) return throttled;
    const pool = this.#poolOf(functionName);
    pool.reserved += 1;
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) pool.reserved -= 1;
        isHeld = false;
      },
    };
  }

  /** Starts environments ahead, in parallel, until the function has `count`. Rejects when one cannot be initialised. */
  async warm(functionName: string, count = 1): Promise<void> {
    const pool = this.#poolOf(functionName);
    const missing = Math.min(count, pool.processes) - pool.idle.length - pool.running;
    for (let started = 0; started < missing; started += 1) this.#keep(pool, this.#start(pool));
    const outcomes = await Promise.all(pool.idle.map((environment) => environment.initialised));
    const failed = outcomes.find((outcome) => outcome !== undefined);
    if (failed)
      throw new Error(`${functionName} could not be started: ${failed.error?.errorMessage}`, { cause: failed });
  }

  /** Ends every environment and waits until the processes are gone. What was queued fails, what ran is cut off. */
  stop(): Promise<void> {
    this.#stopped ??= this.#endAll();
    return this.#stopped;
  }

  async #endAll(): Promise<void> {
    clearInterval(this.#sweep);
    for (const { resolve } of this.#queue.removeAll())
      resolve(failure('queue-timeout', 'Stopping', 'The execution environments are stopping'));
    for (const environment of this.#all) environment.kill('SIGTERM');
    const timer = setTimeout(this.#killAll, STOP_GRACE_MS);
    await Promise.all([...this.#all].map((environment) => environment.ended));
    clearTimeout(timer);
    process.removeListener('exit', this.#killAll);
  }

  #poolOf(functionName: string): FunctionPool {
    const pool = this.#pools.get(functionName);
    if (!pool) throw new Error(`No function is named "${functionName}"; there are: ${this.functionNames.join(', ')}`);
    return pool;
  }

  #dispatch(): void {
    while (!this.#stopped) {
      const queued = this.#queue.next();
      if (!queued) return;
      this.#queue.remove(queued);
      queued.pool.running += 1;
      void this.#run(queued);
    }
  }

  async #run({ pool, event, onStart, resolve }: QueuedInvocation): Promise<void> {
    onStart?.();
    const environment = this.#take(pool);
    const concurrentExecutions = pool.running;
    await environment.initialised;
    const at = this.#now();
    const began = performance.now();
    const result = await environment.invoke(event);
    const durationMs = performance.now() - began;
    const outcome = result.ok ? 'success' : 'error';
    const functionName = pool.definition.name;
    this.#onInvocation({ functionName, at, outcome, durationMs, concurrentExecutions });
    resolve(result);
    if (environment.isUsable) this.#keep(pool, environment);
    else await environment.ended;
    pool.running -= 1;
    this.#dispatch();
  }

  #countThrottle({ definition, running }: FunctionPool): void {
    const counted = { durationMs: 0, concurrentExecutions: running };
    this.#onInvocation({ functionName: definition.name, at: this.#now(), outcome: 'throttled', ...counted });
  }

  #keep(pool: FunctionPool, environment: RunningEnvironment): void {
    pool.idle.push(environment);
    pool.idleSince.set(environment, performance.now());
  }

  /** Ends what has been idle for too long. An invocation takes the most recently used, so a burst's others grow old. */
  #endIdle(idleMs: number): void {
    const before = performance.now() - idleMs;
    for (const { idle, idleSince } of this.#pools.values()) {
      const old = idle.filter((environment) => environment.isReady && (idleSince.get(environment) ?? 0) < before);
      for (const environment of old) environment.kill('SIGTERM');
    }
  }

  /** The most recently used one that is ready, else one that is starting, else a new one. */
  #take(pool: FunctionPool): RunningEnvironment {
    const usable = pool.idle.filter((environment) => environment.isUsable);
    const taken = usable.findLast((environment) => environment.isReady) ?? usable[0];
    if (!taken) return this.#start(pool);
    pool.idle.splice(pool.idle.indexOf(taken), 1);
    return taken;
  }

  #start(pool: FunctionPool): RunningEnvironment {
    const { definition } = pool;
    const environment = this.#startEnvironment(definition, (line) => this.#onLog(line, definition.name));
    this.#all.add(environment);
    void environment.ended.then(() => {
      this.#all.delete(environment);
      const place = pool.idle.indexOf(environment);
      if (place >= 0) pool.idle.splice(place, 1);
    });
    return environment;
  }
}
