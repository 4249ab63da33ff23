import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { ProblemCode } from '../contract/problem.ts';
import { DatabaseError, type DatabaseErrorKind } from '../database/errors.ts';
import type { Environment } from '../runtime/environment.ts';
import { writeLine } from '../runtime/logger.ts';
import { type CallRecorder, callMetrics } from './call-recorder.ts';
import {
  type Emitter,
  type FunctionMetric,
  type FunctionValues,
  functionMetrics,
  type Properties,
} from './metric-catalogue.ts';

/** What a handler reports of an invocation beyond what can be seen from outside. */
export interface Measurement {
  readonly metrics?: FunctionValues | undefined;
  /** Ids that lead from a metric to the log. */
  readonly properties?: Properties | undefined;
}

/** What the middleware reads and where it writes. */
export interface InvocationMetricsOptions<State> {
  readonly recorder: CallRecorder;
  readonly emitter: Emitter;
  /** Reads a measurement from `request.internal`; called when the invocation has ended, also with an error. */
  readonly measurementOf?: (state: State) => Measurement;
  readonly write?: ((line: string) => void) | undefined;
}

const ERROR_METRICS = [
  'ClientErrors',
  'OverloadErrors',
  'UnavailableErrors',
  'TimeoutErrors',
  'ConflictErrors',
  'InternalErrors',
] as const;
type ErrorMetric = (typeof ERROR_METRICS)[number] & FunctionMetric;

const OF_KIND: Record<DatabaseErrorKind, ErrorMetric> = {
  overload: 'OverloadErrors',
  unavailable: 'UnavailableErrors',
  timeout: 'TimeoutErrors',
  conflict: 'ConflictErrors',
  constraint: 'InternalErrors',
  bug: 'InternalErrors',
};
/** Problems that are not the client's fault. They come from database errors, or a use case has thrown them. */
const OF_PROBLEM: Partial<Record<ProblemCode, ErrorMetric>> = {
  pool_exhausted: 'OverloadErrors',
  database_unavailable: 'UnavailableErrors',
  database_timeout: 'TimeoutErrors',
  database_busy: 'ConflictErrors',
  internal_error: 'InternalErrors',
};

/** Emits one EMF line at the end of each invocation, whatever its outcome. */
export function invocationMetrics<State extends Record<string, unknown> = Record<string, unknown>>(
  options: InvocationMetricsOptions<State>,
  // biome-ignore lint/suspicious/noExplicitAny: it looks at neither the event nor the result
): MiddlewareObj<any, any, Error, Context, State> {
  const { recorder, emitter, measurementOf, write = writeLine } = options;
  // made when the function's module loads, so once per execution environment: its first invocation is the cold one
  let cold = true;
  let started = performance.now();
  const emit = (state: State, error: unknown) => {
    const { metrics, properties } = measurementOf?.(state) ?? {};
    const calls = callMetrics(recorder.take());
    const values = {
      TotalMs: Math.round((performance.now() - started) * 1000) / 1000,
      ColdStart: cold ? 1 : 0,
      ...calls,
      // a cold start connects, which takes longer than any wait for the pool
      ...(cold ? { AcquireMs: null } : {}),
      ...errorMetrics(error),
      InsertMsPer1000Rows: insertMsPer1000Rows(calls, metrics?.RowsReceived),
      ...metrics,
    };
    cold = false;
    write(functionMetrics(values, emitter, properties));
  };
  return {
    before: () => {
      started = performance.now();
      // calls of an earlier invocation that timed out must not count as this one's
      recorder.take();
    },
    after: ({ internal }) => emit(internal, undefined),
    onError: ({ internal, error }) => emit(internal, error),
  };
}

/** Each kind as 0 or 1, so that an alarm sees a rate and not only the bad cases. */
function errorMetrics(error: unknown): FunctionValues {
  const kind = error === undefined || error === null ? undefined : errorMetricOf(error);
  return {
    ...Object.fromEntries(ERROR_METRICS.map((name) => [name, name === kind ? 1 : 0])),
    FailedRequests: kind === 'InternalErrors' || kind === 'TimeoutErrors' ? 1 : 0,
    ServerErrors: kind !== undefined && kind !== 'ClientErrors' ? 1 : 0,
  };
}

/** What writing a batch took, per 1,000 rows. A smaller batch counts as it is: its time is that of the round trips. */
function insertMsPer1000Rows({ BulkInsertMs }: FunctionValues, rows: unknown): number | null {
  if (!Array.isArray(BulkInsertMs) || typeof rows !== 'number') return null;
  const ms = BulkInsertMs.reduce((sum, value) => sum + value, 0);
  return Math.round((1000 * ms) / Math.max(1, rows / 1000)) / 1000;
}

function errorMetricOf(error: unknown): ErrorMetric {
  if (error instanceof DatabaseError) return OF_KIND[error.kind];
  const { code } = error as { code?: ProblemCode };
  if ((error as Error).name !== 'Problem' || code === undefined) return 'InternalErrors';
  return OF_PROBLEM[code] ?? 'ClientErrors';
}

/** The dimensions of this function. */
export const readEmitter = (environment: Environment): Emitter => ({
  service: environment.SERVICE_NAME,
  functionName: environment.FUNCTION_NAME ?? process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'local',
  version: process.env['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST',
});
