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

/** Their time grows with their rows, so they are not compared with the limit for reads. */
const WRITES: ReadonlySet<QueryType | undefined> = new Set(['BULK_INSERT', 'SOFT_DELETE', 'RESTORE']);

/** Collects an invocation's calls to the database. An execution environment runs one invocation at a time. */
export class CallRecorder {
  #calls: ObservedCall[] = [];

  /** Called by a driver; bound, so that it can be passed on. */
  readonly onCall = (call: ObservedCall): void => void this.#calls.push(call);

  /** Returns the calls since the last time, and forgets them. */
  take(): ObservedCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }
}

/** The metrics of an invocation's calls. A call with several statements is timed as one, because they are sent together. */
export function callMetrics(calls: readonly ObservedCall[]): FunctionValues {
  const byType: Partial<Record<FunctionMetric, number[]>> = {};
  for (const { statements, ms, error } of calls) {
    const type = statements.map(queryTypeOf).find((found) => found !== undefined);
    // a failed call did not do what its type says
    if (type === undefined || error !== undefined) continue;
    const metric = METRIC_OF[type];
    byType[metric] = [...(byType[metric] ?? []), round(ms)];
  }
  const waits = calls.map((call) => call.acquireMs).filter((wait) => wait !== null);
  const reads = calls.filter(({ statements }) => !statements.some((name) => WRITES.has(queryTypeOf(name))));
  return {
    ...byType,
    AcquireMs: waits.map(round),
    QueryMs: calls.map((call) => round(call.ms)),
    ReadMs: reads.map((call) => round(call.ms)),
    Retries: calls.reduce((sum, call) => sum + call.retries, 0),
  };
}

/** Microseconds are precise enough and keep the line short. */
const round = (ms: number) => Math.round(ms * 1000) / 1000;
