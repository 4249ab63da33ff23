import * as z from 'zod';
import {
  AT_MOST,
  fallingPair,
  risingPair,
  type Thresholds,
  thresholdsSchema,
} from '../../functions/contract/thresholds.ts';

/**
 * All thresholds of the service: those that the health probe judges by too (`functions/contract/thresholds.ts`), and those
 * of what only CloudWatch sees, below. At or over is the fault; for those in `FALLING`, at or under.
 */

const percent = z.number().min(0).max(100);
const milliseconds = z.number().positive().max(60_000);
const count = z.int().min(1);

const platformThresholds = {
  /** RDS Proxy: mean time to get a server connection. Milliseconds; AWS' advice is to alarm at 1 s. */
  borrowLatencyMs: risingPair(milliseconds, 200, 1000),
  /** RDS Proxy: sessions pinned to a server connection, percent of server connections; 5 to 10 is the community's. */
  pinnedPercent: risingPair(percent, 5, 10),
  /** RDS Proxy: logins refused, and server connections that could not be opened, in 5 minutes. Count. */
  connectionSetupFailures: risingPair(count, 1, 10),
  /** RDS Proxy: share of the time in which the writer could be reached. Percent; counts downwards. */
  proxyAvailabilityPercent: fallingPair(percent, 99.9, 95),
  /** Aurora: capacity in use, percent of the maximum. At 100 it cannot grow, and queries slow down. */
  capacityPercent: risingPair(percent, 80, 95),
  /** Invocations of one function that ended in an error, in 5 minutes. Count. */
  functionErrors: risingPair(count, 1, 5),
  /** Invocations of one function that were refused for want of concurrency, in 5 minutes. Count. */
  functionThrottles: risingPair(count, 1, 50),
  /** Slowest hundredth of one function's invocations, percent of its timeout. */
  functionDurationPercent: risingPair(percent, 70, 90),
  /** Executions of one function at once, percent of its reserved concurrency. */
  functionConcurrencyPercent: risingPair(percent, 80, 95),
  /** Requests answered 503 because no connection was to be had, in a minute. Count. */
  overloadErrors: risingPair(count, 1, 10),
  /** Requests answered 503 because the database or the pooler was away, in a minute. Count. */
  unavailableErrors: risingPair(count, 1, 5),
  /** Requests answered 5xx, percent of all; judged from 20 requests a minute on. */
  apiErrorPercent: risingPair(percent, 1, 5),
  /** Slowest hundredth of the requests. Milliseconds; the original called 2 s slow, API Gateway gives up at 30 s. */
  apiLatencyMs: risingPair(milliseconds, 2000, 10_000),
  /** Messages in the dead-letter queue. Count. */
  deadLetters: risingPair(count, 1, 10),
};

export const allThresholds = thresholdsSchema.extend(platformThresholds);
export type AllThresholds = z.output<typeof allThresholds>;
export type AnyThreshold = keyof AllThresholds;

/** The thresholds at or under which the fault is. */
export const FALLING: ReadonlySet<AnyThreshold> = new Set<AnyThreshold>([...AT_MOST, 'proxyAvailabilityPercent']);

/** The part that the functions know, for their environment variable THRESHOLDS. */
export function healthThresholds(thresholds: AllThresholds): Thresholds {
  const names = Object.keys(thresholdsSchema.shape) as (keyof Thresholds)[];
  return Object.fromEntries(names.map((name) => [name, thresholds[name]])) as Thresholds;
}
