import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { frameReader, writeFrame } from './frames.js';
import type { FunctionEvent } from './function-event.ts';
import { inspectorVariables, timeoutUnder } from './inspector.ts';
import type { EnvironmentMessage, FunctionError } from './invocation.ts';

export type { FunctionError } from './invocation.ts';

/** One function, as declared by a synthesised `AWS::Lambda::Function`. */
export interface FunctionDefinition {
  readonly name: string;
  /** Absolute path of the .ts or .mjs module. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Export name; default `handler`. */
  readonly handler?: string;
  /** The limit of concurrent invocations; beyond it the function is throttled. Default: no limit. */
  readonly reservedConcurrency?: number;
}

export interface InvocationFailure {
  readonly ok: false;
  /**
   * `timeout`: ran longer than `timeoutMs` and was killed. `crashed`: the process ended during the invocation. `error`:
   * the handler threw, could not be loaded, or returned too much. `throttled`: over the reserved concurrency.
   * `queue-timeout`: no process on this machine was free in time. `abandoned`: the caller gave up before one was free.
   * The last three were never started.
   */
  readonly reason: 'timeout' | 'crashed' | 'error' | 'throttled' | 'queue-timeout' | 'abandoned';
  readonly error?: FunctionError;
}

/** `payload` is what the handler returned, through JSON as in Lambda (`undefined` becomes `null`). */
export type InvocationResult = { readonly ok: true; readonly payload: unknown } | InvocationFailure;

/** Lambda's limit for a synchronous event and for its response, each as serialised JSON: 6 MB (Lambda quotas page). */
export const LAMBDA_PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/**
 * Lambda's limit for the init phase is 10 s. After that it restarts the init inside the first invocation's own timeout.
 */
const INIT_PHASE_MS = 10_000;
const ENVIRONMENT_PROCESS = fileURLToPath(new URL('./environment-process.js', import.meta.url));

/** A failed invocation, with the error as Lambda words it. */
export function failure(
  reason: InvocationFailure['reason'],
  errorType: string,
  errorMessage: string,
): InvocationFailure {
  return { ok: false, reason, error: { errorType, errorMessage, stackTrace: [] } };
}

/**
 * Passes on only PATH and a debugger's variables from the parent's environment. Lambda's reserved variables cannot be
 * overridden, except the region.
 */
export function environmentVariables(definition: FunctionDefinition): Record<string, string> {
  const { environment, name } = definition;
  const region = environment.AWS_REGION ?? 'local';
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    ...inspectorVariables(process.env),
    ...environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    // the version that the alias points to
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[1]${randomBytes(16).toString('hex')}`,
    LAMBDA_TASK_ROOT: dirname(definition.entry),
    _HANDLER: `index.${definition.handler ?? 'handler'}`,
  };
}

/** A running execution environment: initialised once, then one invocation at a time. */
export interface RunningEnvironment {
  /** The error while starting; undefined once the handler is loaded. Never rejects. */
  readonly initialised: Promise<InvocationFailure | undefined>;
  readonly ended: Promise<void>;
  readonly isReady: boolean;
  readonly isUsable: boolean;
  /** Runs the handler. Never rejects. */
  invoke(event: FunctionEvent): Promise<InvocationResult>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts an environment of a function. `log` receives the function's output line by line. */
export type StartEnvironment = (definition: FunctionDefinition, log: (line: string) => void) => RunningEnvironment;

/** One child process: initialised once, then one invocation at a time. */
export class ExecutionEnvironment implements RunningEnvironment {
  /** The error while starting; undefined once the handler is loaded. Never rejects. */
  readonly initialised: Promise<InvocationFailure | undefined>;
  readonly ended: Promise<void>;
  readonly #definition: FunctionDefinition;
  readonly #log: (line: string) => void;
  readonly #child: ChildProcess;
  /** The connection to the process, in frames of `frames.js`. */
  readonly #channel: Socket;
  #isReady = false;
  #hasEnded = false;
  #isKilled = false;
  #settle: ((result: InvocationResult) => void) | undefined;

  constructor(definition: FunctionDefinition, log: (line: string) => void) {
    this.#definition = { ...definition, timeoutMs: timeoutUnder(process.env, definition.timeoutMs) };
    this.#log = log;
    // A function that exceeds its memory must fail here, too. The tenth is for what V8 keeps outside the heap.
    const limits = [`--max-old-space-size=${Math.floor(definition.memoryMb * 0.9)}`];
    const args = [...limits, ENVIRONMENT_PROCESS, definition.entry, definition.handler ?? 'handler'];
    this.#child = spawn(process.execPath, args, {
      env: environmentVariables(definition),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#channel = this.#child.stdio[3] as Socket;
    // if the process has ended, its exit is reported
    this.#channel.on('error', () => this.#channel.destroy());
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

  /** Runs the handler. Never rejects. */
  async invoke({ json, body }: FunctionEvent): Promise<InvocationResult> {
    const startFailure = await this.initialised;
    if (startFailure) return startFailure;
    const { name, timeoutMs } = this.#definition;
    const requestId = randomUUID();
    const deadlineMs = Date.now() + timeoutMs;
    const encoding = JSON.stringify(body?.encoding ?? null);
    const request = `{"requestId":"${requestId}","deadlineMs":${deadlineMs},"encoding":${encoding},"event":${json}}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const message = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
        this.#log(`${new Date().toISOString()} ${requestId} ${message}`);
        this.kill('SIGKILL');
        this.#settle?.(failure('timeout', 'Sandbox.Timedout', message));
      }, timeoutMs);
      this.#settle = (result) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(result);
      };
      const ended = () => this.#settle?.(failure('crashed', 'Runtime.ExitError', `${name} had already ended`));
      if (!this.#channel.writable) ended();
      else writeFrame(this.#channel, request, body?.bytes, (error) => error && ended());
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
      const read = frameReader((json, payload) => {
        const message = JSON.parse(json) as EnvironmentMessage;
        if (message.kind === 'ready') {
          this.#isReady = true;
          finish(undefined);
        } else if (message.kind === 'init-failed') {
          this.#isKilled = true;
          finish({ ok: false, reason: 'error', error: message.error });
        } else if (message.kind === 'failed') {
          this.#settle?.({ ok: false, reason: 'error', error: message.error });
        } else {
          this.#settle?.(readPayload(payload));
        }
      });
      this.#channel.on('data', read);
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
        // A response sent just before the exit may still be in the channel. It counts.
        if (this.#channel.closed) crash();
        else this.#channel.once('close', crash);
      };
      child.once('error', (error) => {
        if (child.pid === undefined) end(error.message);
      });
      child.once('exit', (code, signal) => end(`The process ended during the invocation: ${code ?? signal}`));
    });
  }
}

/**
 * The result of an invocation's serialised payload: the payload itself, or Lambda's error for one that is too large.
 */
export function readPayload(payload: string | Buffer): InvocationResult {
  const bytes = Buffer.byteLength(payload);
  if (bytes > LAMBDA_PAYLOAD_LIMIT_BYTES) {
    const limit = `maximum allowed payload size (${LAMBDA_PAYLOAD_LIMIT_BYTES} bytes)`;
    return failure(
      'error',
      'Function.ResponseSizeTooLarge',
      `Response payload size (${bytes} bytes) exceeded ${limit}`,
    );
  }
  return { ok: true, payload: JSON.parse(String(payload)) };
}
