import type { ObservedCall } from '../database/database.ts';
import type { FunctionMetric, FunctionValues } from './metric-catalogue.ts';
import { type QueryType, queryTypeOf } from './query-types.ts';

const METRIC_OF: Record<QueryType, FunctionMetric> = {
  BULK_INSERT: 'BulkInsertMs',
  SELECT: 'SelectMs',
  SELECT_LATEST: 'SelectLatestMs',
  SOFT_DELETE: 'SoftDeleteMs',
  RESTORE: 'RestoreMs',
};

/** Collects an invocation's calls to the database. An execution environment runs one invocation at a time. */
export class CallRecorder {
  #calls: ObservedCall[] = [];

  /** What a driver calls; bound, so that it can be handed on. */
  readonly onCall = (call: ObservedCall): void => void this.#calls.push(call);

  /** The calls since the last time, which are then forgotten. */
  take(): ObservedCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }
}

/** The metrics of an invocation's calls. A call of several statements is timed as one, for they travel together. */
export function callMetrics(calls: readonly ObservedCall[]): FunctionValues {
  const byType: Partial<Record<FunctionMetric, number[]>> = {};
  for (const { statements, ms, error } of calls) {
    const type = statements.map(queryTypeOf).find((found) => found !== undefined);
    // a failed one did not do what it was for
    if (type === undefined || error !== undefined) continue;
    const metric = METRIC_OF[type];
    byType[metric] = [...(byType[metric] ?? []), round(ms)];
  }
  const waits = calls.map((call) => call.acquireMs).filter((wait) => wait !== null);
  return {
    ...byType,
    AcquireMs: waits.map(round),
    QueryMs: calls.map((call) => round(call.ms)),
    Retries: calls.reduce((sum, call) => sum + call.retries, 0),
  };
}

/** Microseconds are enough, and keep the line short. */
const round = (ms: number) => Math.round(ms * 1000) / 1000;
