import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { EnvironmentMessage, FunctionError, InvocationRequest } from './environment-process.ts';

export type { FunctionError } from './environment-process.ts';

/** One function, as data: what a synthesised `AWS::Lambda::Function` says about it. */
export interface FunctionDefinition {
  readonly name: string;
  /** Absolute path of the .ts or .mjs module. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Export name; default `handler`. */
  readonly handler?: string;
  /** At most this many invocations of the function at once; default: the pool's `concurrency`. */
  readonly reservedConcurrency?: number;
}

export interface InvocationFailure {
  readonly ok: false;
  /**
   * `timeout`: ran longer than `timeoutMs` and was killed. `crashed`: the process ended during the invocation.
   * `error`: the handler threw, could not be loaded, or answered too much. `queue-timeout`: never started.
   */
  readonly reason: 'timeout' | 'crashed' | 'error' | 'queue-timeout';
  readonly error?: FunctionError;
}

/** `payload` is what the handler returned, through JSON as in Lambda (`undefined` becomes `null`). */
export type InvocationResult = { readonly ok: true; readonly payload: unknown } | InvocationFailure;

/** Lambda's limit for a synchronous event and for its answer, each as serialised JSON: 6 MB (Lambda quotas page). */
export const LAMBDA_PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** Lambda gives the init phase 10 s, and when that runs out starts it anew inside the first invocation's own timeout. */
const INIT_PHASE_MS = 10_000;
const STOP_GRACE_MS = 500;
const ENVIRONMENT_PROCESS = fileURLToPath(new URL('./environment-process.ts', import.meta.url));

function failure(reason: InvocationFailure['reason'], errorType: string, errorMessage: string): InvocationFailure {
  return { ok: false, reason, error: { errorType, errorMessage, stackTrace: [] } };
}

/** Nothing of the parent's environment but PATH. What Lambda reserves cannot be overridden, but for the region. */
function environmentVariables(definition: FunctionDefinition): Record<string, string> {
  const { environment, name } = definition;
  const region = environment.AWS_REGION ?? 'local';
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    ...environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${randomBytes(16).toString('hex')}`,
    LAMBDA_TASK_ROOT: dirname(definition.entry),
    _HANDLER: `index.${definition.handler ?? 'handler'}`,
  };
}

/** One child process: initialised once, then one invocation at a time. */
class ExecutionEnvironment {
  /** What went wrong while starting, or undefined once the handler is loaded. Never rejects. */
  readonly initialised: Promise<InvocationFailure | undefined>;
  readonly ended: Promise<void>;
  readonly #definition: FunctionDefinition;
  readonly #log: (line: string) => void;
  readonly #child: ChildProcess;
  #isReady = false;
  #hasEnded = false;
  #isKilled = false;
  #settle: ((result: InvocationResult) => void) | undefined;

  constructor(definition: FunctionDefinition, log: (line: string) => void) {
    this.#definition = definition;
    this.#log = log;
    this.#child = fork(ENVIRONMENT_PROCESS, [definition.entry, definition.handler ?? 'handler'], {
      env: environmentVariables(definition),
      // A function that outgrows its memory must fail here too; the tenth is for what V8 keeps outside the heap.
      execArgv: [`--max-old-space-size=${Math.floor(definition.memoryMb * 0.9)}`],
      // Measured for 1 MB there and back: 2.8 ms, with 'json' 7.4 ms.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream as Readable, crlfDelay: Number.POSITIVE_INFINITY }).on('line', log);
    }
    this.initialised = this.#waitUntilInitialised();
    this.ended = this.#waitUntilEnded();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isUsable(): boolean {
    return !this.#hasEnded && !this.#isKilled && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs the handler. `event` is JSON. Never rejects. */
  async invoke(event: string): Promise<InvocationResult> {
    const startFailure = await this.initialised;
    if (startFailure) return startFailure;
    const { name, timeoutMs } = this.#definition;
    const request: InvocationRequest = { requestId: randomUUID(), event, deadlineMs: Date.now() + timeoutMs };
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const message = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        this.#log(`${new Date().toISOString()} ${request.requestId} ${message}`);
        this.kill('SIGKILL');
        this.#settle?.(failure('timeout', 'Sandbox.Timedout', message));
      }, timeoutMs);
      this.#settle = (result) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(result);
      };
      this.#child.send(request, (error) => {
        if (error) this.#settle?.(failure('crashed', 'Runtime.ExitError', `${name} had already ended`));
      });
    });
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#isKilled = true;
    this.#child.kill(signal);
  }

  #waitUntilInitialised(): Promise<InvocationFailure | undefined> {
    const { name, timeoutMs } = this.#definition;
    const limitMs = INIT_PHASE_MS + timeoutMs;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.kill('SIGKILL');
        resolve(failure('timeout', 'Sandbox.Timedout', `${name} was not initialised after ${limitMs / 1000} seconds`));
      }, limitMs);
      const finish = (outcome: InvocationFailure | undefined) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.#child.on('message', (message: EnvironmentMessage) => {
        if (message.kind === 'ready') {
          this.#isReady = true;
          finish(undefined);
        } else if (message.kind === 'init-failed') {
          this.#isKilled = true;
          finish({ ok: false, reason: 'error', error: message.error });
        } else if (message.kind === 'failed') {
          this.#settle?.({ ok: false, reason: 'error', error: message.error });
        } else {
          this.#settle?.(readAnswer(message.payload));
        }
      });
      this.#child.once('error', (error) => finish(failure('crashed', 'Runtime.StartError', error.message)));
      this.#child.once('exit', (code, signal) =>
        finish(failure('crashed', 'Runtime.ExitError', `${name} ended while starting: ${code ?? signal}`)),
      );
    });
  }

  #waitUntilEnded(): Promise<void> {
    const child = this.#child;
    return new Promise((resolve) => {
      const end = (why: string) => {
        this.#hasEnded = true;
        resolve();
        const crash = () => this.#settle?.(failure('crashed', 'Runtime.ExitError', why));
        // An answer sent just before the exit may still be in the channel, and it counts.
        if (child.connected) child.once('disconnect', crash);
        else crash();
      };
      child.once('error', (error) => {
        if (child.pid === undefined) end(error.message);
      });
      child.once('exit', (code, signal) => end(`The process ended during the invocation: ${code ?? signal}`));
    });
  }
}

function readAnswer(payload: string): InvocationResult {
  const bytes = Buffer.byteLength(payload);
  if (bytes > LAMBDA_PAYLOAD_LIMIT_BYTES) {
    const limit = `maximum allowed payload size (${LAMBDA_PAYLOAD_LIMIT_BYTES} bytes)`;
    return failure(
      'error',
      'Function.ResponseSizeTooLarge',
      `Response payload size (${bytes} bytes) exceeded ${limit}`,
    );
  }
  return { ok: true, payload: JSON.parse(payload) };
}

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
