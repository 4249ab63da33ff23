import type { FunctionDefinition, InvocationResult, RunningEnvironment } from './execution-environment.ts';
import type { FunctionEvent } from './function-event.ts';

/** What one function has of environments and of invocations. */
export interface FunctionPool {
  readonly definition: FunctionDefinition;
  /** Processes at most. */
  readonly processes: number;
  /** Not in use, the most recently used last; may still be starting. */
  readonly idle: RunningEnvironment[];
  /** When each idle one was last in use, by `performance.now()`. */
  readonly idleSince: WeakMap<RunningEnvironment, number>;
  running: number;
  waiting: number;
  /** Places of invocations whose event is still on its way here. */
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
  /** Ends what could take it out of the queue. */
  readonly leave: () => void;
}

/**
 * Invocations of all functions that wait. The oldest goes first, until the queue stands: then the newest does. In a queue that
 * does not drain, the oldest are those whose clients give up next, and serving them first may serve nobody.
 */
export class InvocationQueue {
  readonly #waiting: QueuedInvocation[] = [];
  readonly #standingMs: number;

  /** @param standingMs how long the oldest has waited when the newest goes first */
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

  /** Takes all out. */
  removeAll(): QueuedInvocation[] {
    const all = [...this.#waiting];
    for (const queued of all) this.remove(queued);
    return all;
  }

  /** What runs next: of the functions that have a process free, the one whose oldest invocation has waited longest. */
  next(): QueuedInvocation | undefined {
    const oldest = this.#waiting.find(({ pool }) => pool.running < pool.processes);
    if (oldest === undefined || performance.now() - oldest.since < this.#standingMs) return oldest;
    return this.#waiting.findLast(({ pool }) => pool === oldest.pool);
  }
}
