import type { InvocationResult, StartEnvironment } from '../../lambda/execution-environment.ts';
import { readEvent } from '../../lambda/function-event.ts';
import { until } from './serve-functions.ts';

/** Environments without a process, whose invocations run until the test ends them. */
export interface HeldEnvironments {
  readonly startEnvironment: StartEnvironment;
  /** The paths of the invocations that were started, in their order. */
  readonly started: readonly string[];
  /** Waits until that many were started. */
  untilStarted(count: number): Promise<void>;
  /** Ends the invocation that runs, with a 200. */
  release(): void;
  /** Ends it, and every later one as soon as it starts. */
  releaseAll(): void;
}

/** For functions with one process at most. */
export function holdEnvironments(): HeldEnvironments {
  const started: string[] = [];
  let running: (() => void) | undefined;
  let holds = true;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const release = () => {
    const finish = running;
    running = undefined;
    finish?.();
  };
  return {
    started,
    untilStarted: (count) => until(() => started.length >= count, 20_000),
    release,
    releaseAll: () => {
      holds = false;
      release();
    },
    startEnvironment: () => ({
      initialised: Promise.resolve(undefined),
      ended,
      isReady: true,
      isUsable: true,
      kill: () => end(),
      invoke: (event) => {
        started.push((readEvent(event) as { rawPath: string }).rawPath);
        return new Promise<InvocationResult>((resolve) => {
          running = () => resolve({ ok: true, payload: { statusCode: 200, body: '{}' } });
          if (!holds) release();
        });
      },
    }),
  };
}
