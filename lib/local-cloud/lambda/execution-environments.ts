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

/** One invocation that has ended or was throttled, as Lambda's own metrics count it. */
export interface InvocationRecord {
  readonly functionName: string;
  /** When it began or was throttled, which is how Lambda dates its metrics. Epoch milliseconds. */
  readonly at: number;
  readonly outcome: 'success' | 'error' | 'throttled';
  /** The handler's time; 0 if it was throttled. */
  readonly durationMs: number;
  /** Concurrent invocations of the function when this one began, including itself. */
  readonly concurrentExecutions: number;
}

const STOP_GRACE_MS = 500;
/** Lambda ends an idle environment after some minutes. AWS does not document how many. */
const IDLE_MS = 5 * 60_000;

/** When the oldest invocation has waited this long, the queue counts as not draining. */
const STANDING_MS = 500;

/** A place under a function's reserved concurrency, for an invocation whose event has not fully arrived. */
export interface ReservedPlace {
  /** Releases the place. Idempotent. */
  release(): void;
}

/**
 * Execution environments as Lambda manages them. Each is a process that runs one invocation at a time and stays warm.
 * It is started when none is free, ends when it has been idle for minutes, and is replaced after a crash or a timeout.
 *
 * An invocation over the function's reserved concurrency is throttled at once, as in Lambda. Below it, a function has
 * at most `concurrency` processes on this machine. An invocation for which Lambda would start another waits for one of
 * these, for at most `queueTimeoutMs`. Waiting invocations and places from `reserve` count toward the reserved
 * concurrency. An environment that timed out or was killed holds its place until its process has ended.
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
   * @param options.concurrency the largest number of processes per function
   * @param options.queueTimeoutMs how long an invocation waits for a process before it fails with `queue-timeout`
   * @param options.standingMs when the oldest has waited this long, the newest goes first; default: half a second
   * @param options.onLog receives the functions' output line by line
   * @param options.onInvocation called for each invocation that has ended or was throttled
   * @param options.now the clock that dates them; default: the machine's clock
   * @param options.idleMs after this time an idle environment ends, as in Lambda; default: five minutes
   * @param options.startEnvironment default: starts a child process
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
    // A handler in an endless loop never notices that its parent has ended.
    process.once('exit', this.#killAll);
  }

  get functionNames(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** Runs a function once. Rejects only for a name that is not defined, or for an event that JSON cannot represent. */
  async invoke(functionName: string, event: unknown): Promise<InvocationResult> {
    return this.invokeSerialized(functionName, { json: JSON.stringify(event) });
  }

  /**
   * The same for an event that is already serialised. `signal` removes a waiting invocation from the queue, as
   * `abandoned`; a running one is not interrupted. `onStart` is called when it has a process.
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
    const abandoned = failure('abandoned', 'Abandoned', `the caller of ${name} no longer waits`);
    if (options.signal?.aborted) return abandoned;
    return new Promise((resolve) => {
      const leaveQueue = (result: InvocationFailure) => {
        this.#queue.remove(queued);
        resolve(result);
      };
      const timer = setTimeout(() => {
        this.#countThrottle(pool);
        const limit = `the ${pool.processes} processes that it may have here`;
        leaveQueue(failure('queue-timeout', 'TooManyRequests', `none of ${limit} was free for ${name} in time`));
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
   * If the function is at its reserved concurrency: returns the failure of an invocation made now, and counts it as a
   * throttle. Otherwise undefined.
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
   * Reserves a place for an invocation whose event has not fully arrived, or returns its failure, like `throttled`. The
   * caller releases the place right before the invocation, or when there is none.
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

  /**
   * Starts environments in advance, in parallel, until the function has `count`. Rejects if one cannot be initialised.
   */
  async warm(functionName: string, count = 1): Promise<void> {
    const pool = this.#poolOf(functionName);
    const missing = Math.min(count, pool.processes) - pool.idle.length - pool.running;
    for (let started = 0; started < missing; started += 1) this.#keep(pool, this.#start(pool));
    const outcomes = await Promise.all(pool.idle.map((environment) => environment.initialised));
    const failed = outcomes.find((outcome) => outcome !== undefined);
    if (failed)
      throw new Error(`${functionName} could not be started: ${failed.error?.errorMessage}`, { cause: failed });
  }

  /**
   * Ends every environment and waits until the processes have ended. Queued invocations fail, running ones are cut off.
   */
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

  /**
   * Ends environments that have been idle for too long. Invocations take the most recently used one, so the extra ones
   * of a burst expire.
   */
  #endIdle(idleMs: number): void {
    const before = performance.now() - idleMs;
    for (const { idle, idleSince } of this.#pools.values()) {
      const old = idle.filter((environment) => environment.isReady && (idleSince.get(environment) ?? 0) < before);
      for (const environment of old) environment.kill('SIGTERM');
    }
  }

  /** The most recently used environment that is ready, else one that is starting, else a new one. */
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
