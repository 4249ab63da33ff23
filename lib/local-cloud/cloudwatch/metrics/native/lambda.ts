import type { Datum } from '../datum.ts';

/** The outcome of one invocation of a function. */
export interface LambdaInvocation {
  readonly functionName: string;
  /** The alias that it was invoked with, `live`; undefined if it was invoked by the function's name. */
  readonly alias?: string;
  /**
   * When it began or was throttled. Lambda dates all of its metrics this way, even if they arrive later. Epoch
   * milliseconds.
   */
  readonly at: number;
  /**
   * `error` is a crash, a timeout or an error that the handler threw. A 5xx that the handler returned counts as success
   * in Lambda.
   */
  readonly outcome: 'success' | 'error' | 'throttled';
  /** The handler's time without the start of its environment, up to the timeout. Not set for a throttled invocation. */
  readonly durationMs: number;
  /** Concurrent executions of the function, including this one. */
  readonly concurrentExecutions: number;
}

/**
 * AWS/Lambda: by FunctionName, and by FunctionName and Resource (`name:alias`) if it was invoked by an alias. A
 * throttled invocation counts as a throttle only. Sums over the whole account and by executed version are not emulated.
 */
export function lambdaMetrics(invocation: LambdaInvocation): Datum[] {
  const { functionName, alias, at, outcome, durationMs, concurrentExecutions } = invocation;
  const sets = [
    { FunctionName: functionName },
    ...(alias === undefined ? [] : [{ FunctionName: functionName, Resource: `${functionName}:${alias}` }]),
  ];
  const count = (name: string, value: number) => ({ name, value, unit: 'Count' });
  const metrics =
    outcome === 'throttled'
      ? [count('Throttles', 1)]
      : [
          count('Invocations', 1),
          count('Errors', outcome === 'error' ? 1 : 0),
          count('Throttles', 0),
          { name: 'Duration', value: durationMs, unit: 'Milliseconds' },
          count('ConcurrentExecutions', concurrentExecutions),
        ];
  return sets.flatMap((dimensions) =>
    metrics.map((metric) => ({ ...metric, namespace: 'AWS/Lambda', dimensions, timestamp: at })),
  );
}
