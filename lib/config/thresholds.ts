import * as z from 'zod/mini';
import { AT_MOST, risingPair, type Thresholds, thresholdsSchema } from '../../functions/contract/thresholds.ts';

/**
 * All thresholds of the service: those that `/v1/health` uses too (`functions/contract/thresholds.ts`), and below them
 * those for metrics that only CloudWatch sees. A value at or above its threshold is a fault. For those in `FALLING`, a
 * value at or below it.
 */

const percent = z.number().check(z.minimum(0), z.maximum(100));
const milliseconds = z.number().check(z.positive(), z.maximum(60_000));
const count = z.int().check(z.minimum(1));

/** For what has one severity: it never wakes anybody, or it always does. */
const warning = (unit: z.ZodMiniNumber<number>, value: number) =>
  z.prefault(z.strictObject({ warning: z._default(unit, value) }), {});
const critical = (unit: z.ZodMiniNumber<number>, value: number) =>
  z.prefault(z.strictObject({ critical: z._default(unit, value) }), {});

const platformThresholds = {
  /** Writing a batch, per 1,000 rows, as the functions see it. Milliseconds. The original's numbers for any statement. */
  insertMsPer1000Rows: risingPair(milliseconds, 100, 500),
  /** RDS Proxy: mean time to lend a server connection. Milliseconds. AWS recommends an alarm at 1 s. */
  borrowLatencyMs: warning(milliseconds, 500),
  /** RDS Proxy: sessions pinned to a server connection, percent of server connections. Others use 5 to 10. */
  pinnedPercent: warning(percent, 10),
  /** RDS Proxy: logins refused, and server connections that could not be opened, in 5 minutes. Count. */
  connectionSetupFailures: warning(count, 5),
  /** RDS Proxy: share of the time in which the writer could be reached. Percent. Lower is worse. */
  proxyAvailabilityPercent: warning(percent, 99),
  /** Aurora: capacity in use, percent of the maximum. At 100 it cannot grow, and queries slow down. */
  capacityPercent: warning(percent, 90),
  /** Invocations of all functions that crashed or timed out, in 5 minutes. Count. */
  functionErrors: warning(count, 1),
  /** Invocations of all functions that were refused because their executions were busy, per minute. Count. */
  functionThrottles: risingPair(count, 1, 10),
  /** Slowest hundredth of one function's invocations, percent of its timeout. */
  functionDurationPercent: warning(percent, 80),
  /** Requests with 503 because no connection was free, per minute. Count. */
  overloadErrors: critical(count, 10),
  /** Requests with 503 because the database or the pooler was unavailable, per minute. Count. */
  unavailableErrors: critical(count, 5),
  /** Requests with 500, or with 503 `database_timeout`, per minute. Count. */
  failedRequests: risingPair(count, 1, 3),
  /** Requests that a new version failed, per minute, from which its deployment is rolled back. Count. */
  releaseFailures: critical(count, 2),
  /** Requests with a 5xx that none of our functions sent, per minute. Count. */
  gatewayErrors: critical(count, 5),
  /** Requests with a 4xx, percent of all, judged from 100 requests in 5 minutes on. */
  clientErrorPercent: warning(percent, 50),
  /** Slowest hundredth of the requests. Milliseconds. A full batch takes up to 2 s, and API Gateway ends requests at 30 s. */
  apiLatencyMs: warning(milliseconds, 5000),
  /** How long a large operation, one that was promised by a 202, makes no step. Seconds. It takes one each minute. */
  operationStallSeconds: warning(z.number().check(z.minimum(120), z.maximum(86_400)), 600),
  /** Scheduled runs in the dead-letter queue, or dropped in 5 minutes. Count. */
  deadLetters: warning(count, 1),
  /** Pages that a recipient did not get. Count. */
  undeliveredPages: critical(count, 1),
};

export const allThresholds = z.extend(thresholdsSchema, platformThresholds);
export type AllThresholds = z.output<typeof allThresholds>;
export type AnyThreshold = keyof AllThresholds;

/** The thresholds for which a lower value is worse. */
export const FALLING: ReadonlySet<AnyThreshold> = new Set<AnyThreshold>([...AT_MOST, 'proxyAvailabilityPercent']);

/** The thresholds that functions know, for their environment variable THRESHOLDS. */
export function healthThresholds(thresholds: AllThresholds): Thresholds {
  const names = Object.keys(thresholdsSchema.shape) as (keyof Thresholds)[];
  return Object.fromEntries(names.map((name) => [name, thresholds[name]])) as Thresholds;
}
