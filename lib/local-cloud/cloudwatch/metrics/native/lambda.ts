import type { Datum } from '../datum.ts';

/** What became of one call of a function. */
export interface LambdaInvocation {
  readonly functionName: string;
  /** The alias it was called by, `live`; without one it was called by the function's name alone. */
  readonly alias?: string;
  /** When it began, or was refused: Lambda dates all of its metrics so, as late as they come. Epoch milliseconds. */
  readonly at: number;
  /** `error` is a crash, a timeout or an error that the handler threw; a 5xx that it returned is a success to Lambda. */
  readonly outcome: 'success' | 'error' | 'throttled';
  /** Of the handler, without the start of its environment; up to the timeout. Left out of a throttled one. */
  readonly durationMs: number;
  /** Executions of the function at once, this one included. */
  readonly concurrentExecutions: number;
}

/**
 * AWS/Lambda: by FunctionName, and by FunctionName and Resource (`name:alias`) where it was called by an alias. A refused
 * call is a throttle and nothing else. The sums over the whole account and by executed version are not emulated.
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
