import type { FunctionDefinition, InvocationResult, RunningEnvironment } from './execution-environment.ts';
import type { FunctionEvent } from './function-event.ts';

/** The environments and invocations of one function. */
export interface FunctionPool {
  readonly definition: FunctionDefinition;
  /** The largest number of processes. */
  readonly processes: number;
  /** Environments not in use, the most recently used last. They may still be starting. */
  readonly idle: RunningEnvironment[];
  /** When each idle environment was last used, by `performance.now()`. */
  readonly idleSince: WeakMap<RunningEnvironment, number>;
  running: number;
  waiting: number;
  /** Places reserved for invocations whose event has not fully arrived. */
  reserved: number;
}

/** An invocation that waits for a process. */
export interface QueuedInvocation {
  readonly pool: FunctionPool;
  /** By `performance.now()`. */
  readonly since: number;
  readonly event: FunctionEvent;
  readonly onStart: (() => void) | undefined;
  readonly resolve: (result: InvocationResult) => void;
  /** Removes the listeners and timers that could take it out of the queue. */
  readonly leave: () => void;
}

/**
 * The waiting invocations of all functions. The oldest goes first, unless the queue does not drain: then the newest
 * goes first. In a queue that does not drain, the oldest are those whose clients give up next, so serving them first
 * may serve nobody.
 */
export class InvocationQueue {
  readonly #waiting: QueuedInvocation[] = [];
  readonly #standingMs: number;

  /** @param standingMs when the oldest has waited this long, the newest goes first */
  constructor(standingMs: number) {
    this.#standingMs = standingMs;
  }

  add(queued: QueuedInvocation): void {
    this.#waiting.push(queued);
    queued.pool.waiting += 1;
  }

  remove(queued: QueuedInvocation): void {
    this.#waiting.splice(this.#waiting.indexOf(queued), 1);
    queued.pool.waiting -= 1;
    queued.leave();
  }

  /** Removes and returns all of them. */
  removeAll(): QueuedInvocation[] {
    const all = [...this.#waiting];
    for (const queued of all) this.remove(queued);
    return all;
  }

  /**
   * The next to run: among the functions that have a free process, the one whose oldest invocation has waited longest.
   */
  next(): QueuedInvocation | undefined {
    const oldest = this.#waiting.find(({ pool }) => pool.running < pool.processes);
    if (oldest === undefined || performance.now() - oldest.since < this.#standingMs) return oldest;
    return this.#waiting.findLast(({ pool }) => pool === oldest.pool);
  }
}
