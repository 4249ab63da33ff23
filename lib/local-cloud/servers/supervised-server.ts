import { watchForHangs } from './watch-for-hangs.ts';

/** A server process that runs until it is stopped or dies. */
interface Server {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** After it died: releases what it held. */
  stop(): Promise<void>;
}

interface SupervisionOptions<S> {
  /** The server's name in messages. */
  readonly name: string;
  /** Starts a successor on the same port, so that clients of the server need no new address. */
  readonly restart: (dead: S) => Promise<S>;
  readonly print: (line: string) => void;
  /** How a server that runs but does not serve is detected and ended. Without it only a server that died is noticed. */
  readonly hang?: {
    /** Rejects if the server does not serve. */
    readonly check: (server: S) => Promise<unknown>;
    /** Kills it. Its end is then noticed like any other. */
    readonly end: (server: S) => unknown;
  };
}

/** A server that has run for this long counts as recovered: the count of restarts starts again. */
const SETTLED_AFTER_MS = 5_000;
/** With the pauses below, restarts are tried for about 80 s. */
const MAX_RESTARTS = 20;

/** At once, then after 0.25, 0.5, 1, 2, 4, 5, 5 … s. */
function pauseBeforeMs(restart: number): number {
  return restart === 1 ? 0 : Math.min(250 * 2 ** (restart - 2), 5_000);
}

/** Keeps a server running, as RDS would: when it dies, another one replaces it on the same port. */
export class Supervised<S extends Server> {
  readonly #options: SupervisionOptions<S>;
  readonly #cancelled = new AbortController();
  #current: S;
  #restarts = 0;
  #replacing: Promise<void> = Promise.resolve();
  #keptDown: Promise<void> | undefined;

  constructor(server: S, options: SupervisionOptions<S>) {
    this.#current = server;
    this.#options = options;
  }

  /** The running server, or the last one that ran. */
  get current(): S {
    return this.#current;
  }

  /** Restarts the server whenever it dies, until `stop`. `onGivenUp` is called if it does not stay up. */
  watch(onGivenUp: (error: Error) => void): void {
    const dead = this.#current;
    const startedAt = performance.now();
    const endWatch = this.#watchForHangs(dead);
    void dead.exited.then(() => {
      endWatch();
      if (this.#cancelled.signal.aborted) return;
      if (performance.now() - startedAt > SETTLED_AFTER_MS) this.#restarts = 0;
      this.#replacing = this.#replace(dead).then(
        () => this.watch(onGivenUp),
        (error: Error) => {
          if (!this.#cancelled.signal.aborted) onGivenUp(error);
        },
      );
    });
  }

  #watchForHangs(server: S): () => void {
    const { hang, name, print } = this.#options;
    if (hang === undefined) return () => undefined;
    const end = watchForHangs({
      check: () => hang.check(server),
      onHung: (problem) => {
        print(`${name} (process ${server.pid}) runs but does not serve: ${problem}. Ending it`);
        void hang.end(server);
      },
    });
    this.#cancelled.signal.addEventListener('abort', end, { once: true });
    return end;
  }

  /**
   * Ends the server and keeps it down, for a drill.
   * @param end kills it
   * @returns a function that lets it start again; resolves when it runs
   * @throws Error if it is already kept down
   */
  keepDown(end: (server: S) => unknown): () => Promise<void> {
    if (this.#keptDown) throw new Error(`${this.#options.name} is already kept down`);
    const { promise, resolve } = Promise.withResolvers<void>();
    const dead = this.#current;
    this.#keptDown = promise;
    end(dead);
    return async () => {
      await dead.exited;
      this.#keptDown = undefined;
      resolve();
      await this.#replacing;
    };
  }

  /** Resolves when no restart is in progress. */
  async settled(): Promise<void> {
    await this.#replacing;
  }

  cancelRestarts(): void {
    this.#cancelled.abort();
  }

  /** Stops the server permanently. A restart in progress ends first. Idempotent. */
  async stop(): Promise<void> {
    this.cancelRestarts();
    await this.#replacing;
    await this.#current.stop();
  }

  async #replace(dead: S): Promise<void> {
    const { name, restart, print } = this.#options;
    const { signal } = this.#cancelled;
    const diedAt = performance.now();
    await dead.stop();
    await orAborted(this.#keptDown, signal);
    for (let problem = 'it died repeatedly'; ; ) {
      this.#restarts += 1;
      if (this.#restarts > MAX_RESTARTS) {
        throw new Error(`${name} does not stay up after ${MAX_RESTARTS} restarts: ${problem}`);
      }
      await pause(pauseBeforeMs(this.#restarts), signal);
      signal.throwIfAborted();
      try {
        this.#current = await restart(dead);
        const seconds = ((performance.now() - diedAt) / 1000).toFixed(1);
        print(
          `${name} is running again on port ${dead.port} (process ${this.#current.pid}), ${seconds} s after it ended`,
        );
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        problem = (error as Error).message;
        print(`${name} does not start (attempt ${this.#restarts} of ${MAX_RESTARTS}): ${problem.split('\n')[0]}`);
      }
    }
  }
}

/** Resolves when the work is done or the signal aborts, whichever is first. */
async function orAborted(work: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, aborted]);
}

/** Ends early when the signal aborts. */
function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, durationMs);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
