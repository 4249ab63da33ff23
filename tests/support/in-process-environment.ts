import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  createContext,
  describeError,
  environmentVariables,
  errorLine,
  type FunctionDefinition,
  type FunctionEvent,
  failure,
  type Handler,
  handlerOf,
  type InvocationFailure,
  type InvocationResult,
  type RunningEnvironment,
  readEvent,
  readPayload,
} from '@tick-store/local-cloud';

/** Which environment the code that runs belongs to. */
const current = new AsyncLocalStorage<InProcessEnvironment>();

/**
 * An execution environment in the test's own process. It saves the 150 ms of processor time that a process costs. The
 * handler, its variables, its connections and its log belong to the environment, as in a process. All modules but the
 * entry are shared, so a test of what a process does, or of its end, uses `processes: true` in `startService`.
 */
export class InProcessEnvironment implements RunningEnvironment {
  readonly initialised: Promise<InvocationFailure | undefined>;
  readonly ended: Promise<void>;
  /** The whole of `process.env`, for code that this environment runs. */
  readonly variables: Record<string, string>;
  readonly #definition: FunctionDefinition;
  readonly #log: (line: string) => void;
  readonly #sockets = new Set<Socket>();
  readonly #killed = Promise.withResolvers<void>();
  /** Ends the invocations under way. To wait for `#killed` in each would keep every result for as long as this lives. */
  readonly #underWay = new Set<() => void>();
  #handler: Handler | undefined;
  #isKilled = false;

  constructor(definition: FunctionDefinition, log: (line: string) => void) {
    observeProcess();
    this.#definition = definition;
    this.variables = environmentVariables(definition);
    this.#log = log;
    this.initialised = this.#load();
    this.ended = this.#killed.promise.then(() => this.#closed());
  }

  get isReady(): boolean {
    return this.#handler !== undefined;
  }

  get isUsable(): boolean {
    return !this.#isKilled;
  }

  async invoke(event: FunctionEvent): Promise<InvocationResult> {
    const startFailure = await this.initialised;
    if (startFailure) return startFailure;
    const { name, timeoutMs } = this.#definition;
    const timeout = Promise.withResolvers<InvocationResult>();
    const timer = setTimeout(() => {
      const message = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      this.write(message);
      this.kill();
      timeout.resolve(failure('timeout', 'Sandbox.Timedout', message));
    }, timeoutMs);
    const killed = Promise.withResolvers<InvocationResult>();
    const onKill = () => killed.resolve(failure('crashed', 'Runtime.ExitError', `${name} was killed`));
    this.#underWay.add(onKill);
    if (this.#isKilled) onKill();
    return Promise.race([this.#run(event), timeout.promise, killed.promise]).finally(() => {
      clearTimeout(timer);
      this.#underWay.delete(onKill);
    });
  }

  /** Ends it as a process ends: its connections close, and it writes nothing more. */
  kill(): void {
    this.#isKilled = true;
    this.#killed.resolve();
    for (const onKill of this.#underWay) onKill();
  }

  /** A connection that the environment has opened. */
  own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** What it writes to its standard output. */
  write(text: string): void {
    if (this.#isKilled) return;
    for (const line of text.split('\n')) if (line !== '') this.#log(line);
  }

  async #run(event: FunctionEvent): Promise<InvocationResult> {
    const requestId = randomUUID();
    const deadlineMs = Date.now() + this.#definition.timeoutMs;
    try {
      const context = createContext({ requestId, deadlineMs }, this.variables);
      const result = await current.run(this, async () => this.#handler?.(readEvent(event), context));
      return readPayload(JSON.stringify(result) ?? 'null');
    } catch (thrown) {
      const error = describeError(thrown);
      this.write(errorLine('Invoke Error', requestId, error));
      return { ok: false, reason: 'error', error };
    }
  }

  async #load(): Promise<InvocationFailure | undefined> {
    const { entry, handler = 'handler' } = this.#definition;
    try {
      const loaded = await current.run(this, () => importAnew(entry));
      this.#handler = handlerOf(loaded, entry, handler);
      return undefined;
    } catch (thrown) {
      const error = describeError(thrown);
      this.write(errorLine('Init Error', '', error));
      this.#isKilled = true;
      return { ok: false, reason: 'error', error };
    }
  }

  async #closed(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map((socket) => {
        const closed = once(socket, 'close');
        socket.destroy();
        return closed;
      }),
    );
  }
}

let instances = 0;

/** Imports a module once more, as a new process would. */
function importAnew(path: string): Promise<Record<string, unknown>> {
  instances += 1;
  return import(/* @vite-ignore */ `${path}?environment=${instances}`);
}

let isObserved = false;

/** Gives each environment its own variables, and what the process opens and writes on its behalf. */
function observeProcess(): void {
  if (isObserved) return;
  isObserved = true;
  subscribe('net.client.socket', (message) => current.getStore()?.own((message as { socket: Socket }).socket));
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write;
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      const environment = current.getStore();
      if (environment === undefined) return write.call(stream, chunk, ...rest);
      environment.write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      return true;
    }) as typeof stream.write;
  }
  const own = process.env;
  const variables = () => current.getStore()?.variables ?? own;
  process.env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get: (_, name) => Reflect.get(variables(), name),
      set: (_, name, value) => Reflect.set(variables(), name, value),
      has: (_, name) => Reflect.has(variables(), name),
      deleteProperty: (_, name) => Reflect.deleteProperty(variables(), name),
      ownKeys: () => Reflect.ownKeys(variables()),
      getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(variables(), name),
    },
  );
}
