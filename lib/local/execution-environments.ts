import {
  ExecutionEnvironment,
  type FunctionDefinition,
  failure,
  type InvocationResult,
} from './execution-environment.ts';

const STOP_GRACE_MS = 500;

interface FunctionPool {
  readonly definition: FunctionDefinition;
  readonly concurrency: number;
  /** Not in use, the most recently used last; may still be starting. */
  readonly idle: ExecutionEnvironment[];
  running: number;
}

interface QueuedInvocation {
  readonly pool: FunctionPool;
  readonly event: string;
  readonly resolve: (result: InvocationResult) => void;
  readonly cancelTimer: () => void;
}

/**
 * Execution environments as Lambda keeps them: each a process of its own that runs one invocation at a time, stays warm,
 * is started when none is free, and is replaced after a crash or a timeout.
 *
 * Unlike Lambda, which throttles, an invocation over the concurrency waits its turn for at most `queueTimeoutMs`.
 * A timed-out or killed environment holds its place until its process is gone, so there are never more processes of one
 * function than `concurrency`.
 */
export class ExecutionEnvironments {
  readonly #pools: ReadonlyMap<string, FunctionPool>;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #queue: QueuedInvocation[] = [];
  readonly #concurrency: number;
  readonly #queueTimeoutMs: number;
  readonly #onLog: (line: string, functionName: string) => void;
  readonly #killAll = () => {
    for (const environment of this.#all) environment.kill('SIGKILL');
  };
  #running = 0;
  #stopped: Promise<void> | undefined;

  /**
   * @param options.concurrency invocations at once, over all functions
   * @param options.queueTimeoutMs how long an invocation waits for its turn before it fails with `queue-timeout`
   * @param options.onLog gets what the functions write, a line at a time
   */
  constructor(options: {
    functions: readonly FunctionDefinition[];
    concurrency: number;
    queueTimeoutMs: number;
    onLog?: (line: string, functionName: string) => void;
  }) {
    this.#concurrency = options.concurrency;
    this.#queueTimeoutMs = options.queueTimeoutMs;
    this.#onLog = options.onLog ?? (() => {});
    this.#pools = new Map(
      options.functions.map((definition) => {
        const concurrency = Math.min(options.concurrency, definition.reservedConcurrency ?? Number.POSITIVE_INFINITY);
        return [definition.name, { definition, concurrency, idle: [], running: 0 }];
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
    return this.invokeSerialized(functionName, JSON.stringify(event));
  }

  /** The same for an event that is JSON already. `signal` takes an invocation out of the queue, not out of a process. */
  async invokeSerialized(
    functionName: string,
    event: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<InvocationResult> {
    const pool = this.#poolOf(functionName);
    if (this.#stopped) return failure('queue-timeout', 'Stopping', 'The execution environments are stopping');
    return new Promise((resolve) => {
      const leaveQueue = () => {
        this.#queue.splice(this.#queue.indexOf(queued), 1);
        queued.cancelTimer();
        const limit = `the concurrency of ${pool.concurrency}`;
        resolve(failure('queue-timeout', 'TooManyRequests', `${functionName} found no place within ${limit} in time`));
      };
      const timer = setTimeout(leaveQueue, this.#queueTimeoutMs);
      options.signal?.addEventListener('abort', leaveQueue, { once: true });
      const cancelTimer = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', leaveQueue);
      };
      const queued: QueuedInvocation = { pool, event, resolve, cancelTimer };
      this.#queue.push(queued);
      this.#dispatch();
    });
  }

  /** Starts environments ahead, in parallel, until the function has `count`. Rejects when one cannot be initialised. */
  async warm(functionName: string, count = 1): Promise<void> {
    const pool = this.#poolOf(functionName);
    const missing = Math.min(count, pool.concurrency) - pool.idle.length - pool.running;
    for (let started = 0; started < missing; started += 1) pool.idle.push(this.#start(pool));
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
    for (const { cancelTimer, resolve } of this.#queue.splice(0)) {
      cancelTimer();
      resolve(failure('queue-timeout', 'Stopping', 'The execution environments are stopping'));
    }
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
    while (this.#running < this.#concurrency && !this.#stopped) {
      const next = this.#queue.findIndex(({ pool }) => pool.running < pool.concurrency);
      const [queued] = next < 0 ? [] : this.#queue.splice(next, 1);
      if (!queued) return;
      queued.cancelTimer();
      this.#running += 1;
      queued.pool.running += 1;
      void this.#run(queued);
    }
  }

  async #run({ pool, event, resolve }: QueuedInvocation): Promise<void> {
    const environment = this.#take(pool);
    resolve(await environment.invoke(event));
    if (environment.isUsable) pool.idle.push(environment);
    else await environment.ended;
    this.#running -= 1;
    pool.running -= 1;
    this.#dispatch();
  }

  /** The most recently used one that is ready, else one that is starting, else a new one. */
  #take(pool: FunctionPool): ExecutionEnvironment {
    const usable = pool.idle.filter((environment) => environment.isUsable);
    const taken = usable.findLast((environment) => environment.isReady) ?? usable[0];
    if (!taken) return this.#start(pool);
    pool.idle.splice(pool.idle.indexOf(taken), 1);
    return taken;
  }

  #start(pool: FunctionPool): ExecutionEnvironment {
    const { definition } = pool;
    const environment = new ExecutionEnvironment(definition, (line) => this.#onLog(line, definition.name));
    this.#all.add(environment);
    void environment.ended.then(() => {
      this.#all.delete(environment);
      const place = pool.idle.indexOf(environment);
      if (place >= 0) pool.idle.splice(place, 1);
    });
    return environment;
  }
}
