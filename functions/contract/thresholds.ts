import * as z from 'zod/mini';
import { checkValue, listErrors } from './check-value.ts';

/**
 * The thresholds of health, once for everything that judges: `infra.config.ts` sets them, alarms and dashboard lines are
 * made from them, and the functions read them from the environment variable THRESHOLDS. A value at or over its critical
 * threshold is critical, at or over its warning threshold a warning; those in `AT_MOST` count downwards.
 */

/** A pair that counts upwards: critical is not under warning. */
export const risingPair = (unit: z.ZodMiniNumber<number>, warning: number, critical: number) =>
  z.prefault(
    z
      .strictObject({ warning: z._default(unit, warning), critical: z._default(unit, critical) })
      .check(z.refine((pair) => pair.critical >= pair.warning, 'critical must be at least warning')),
    {},
  );

/** A pair that counts downwards: critical is not over warning. */
export const fallingPair = (unit: z.ZodMiniNumber<number>, warning: number, critical: number) =>
  z.prefault(
    z
      .strictObject({ warning: z._default(unit, warning), critical: z._default(unit, critical) })
      .check(z.refine((pair) => pair.critical <= pair.warning, 'critical must be at most warning')),
    {},
  );

/** For what is a warning at most. */
export const warningOnly = (unit: z.ZodMiniNumber<number>, value: number) =>
  z.prefault(z.strictObject({ warning: z._default(unit, value) }), {});

const percent = z.number().check(z.minimum(0), z.maximum(100));
const share = z.number().check(z.minimum(0), z.maximum(1));
const milliseconds = z.number().check(z.positive(), z.maximum(60_000));
const seconds = z.number().check(z.positive(), z.maximum(86_400));
const count = z.int().check(z.minimum(1));

/** All thresholds with their defaults: at which value an alarm enters ALARM, and `/v1/health` warns. */
export const thresholdsSchema = z.strictObject({
  /** Server connections in use, percent of the pool's maximum. The original's numbers. */
  poolUtilizationPercent: risingPair(percent, 70, 85),
  /** Mean execution time of the service's queries. Milliseconds; the original's. */
  averageQueryMs: risingPair(milliseconds, 100, 500),
  /** How long a client waits for a connection. Milliseconds; the original's. */
  acquireMs: risingPair(milliseconds, 50, 200),
  /** The database's processors. Percent; the original's. Native on AWS, unknown elsewhere. */
  cpuPercent: risingPair(percent, 70, 85),
  /** Memory that the database could still have, share of all; counts downwards. The original's 1 and 2 GB in use are a
   * fault on any host over 2 GB for ever, so it is a share here. */
  freeableMemoryShare: fallingPair(share, 0.2, 0.1),
  /** Connections of all clients, share of those that Postgres grants to ordinary roles. Datadog's 0.8 and 0.9. */
  connectionShare: risingPair(share, 0.8, 0.9),
  /** Longest idle transaction. Seconds; it holds vacuum back. */
  idleInTransactionSeconds: risingPair(seconds, 60, 300),
  /** Longest transaction. Seconds; postgres_exporter's mixin warns at 120. */
  transactionSeconds: risingPair(seconds, 120, 600),
  /** Longest wait for a lock. Seconds. */
  lockWaitSeconds: risingPair(seconds, 10, 30),
  /** Age of the oldest transaction id, share of the 2^31 at which Postgres stops writing. */
  xidAgeRatio: risingPair(share, 0.5, 0.75),
  /** Dead rows of the worst table, share of its rows; a table with fewer than 10,000 dead rows does not count. */
  deadTupleRatio: risingPair(share, 0.2, 0.5),
  /** How far the slowest replica is behind. Seconds. */
  replicaLagSeconds: risingPair(seconds, 5, 30),
  /** Deadlocks between two samples. Count. */
  deadlocks: risingPair(count, 1, 10),
  /** Days until the last partition made ahead ends; counts downwards. Maintenance keeps 59 or more. */
  partitionRunwayDays: fallingPair(z.number().check(z.minimum(0), z.maximum(365)), 20, 7),
  /** Rejected rows, share of the rows received in the interval, from 1,000 rows on. A warning at most. */
  rejectedRowShare: warningOnly(share, 0.05),
});

/** See `thresholdsSchema`. */
export type Thresholds = z.output<typeof thresholdsSchema>;
/** The name of a threshold. */
export type ThresholdName = keyof Thresholds;

/** The thresholds that count downwards: a value at or under them is a fault. All others count upwards. */
export const AT_MOST: ReadonlySet<ThresholdName> = new Set(['freeableMemoryShare', 'partitionRunwayDays']);

/** Rows that must have been received before the rejected share counts. */
export const ROWS_THAT_COUNT = 1000;

/** Dead rows that a table must have before their share counts: with fewer, vacuum does not run. */
export const DEAD_TUPLES_THAT_COUNT = 10_000;

/**
 * The thresholds from an environment variable; unset means the defaults.
 * @throws Error naming what is wrong
 */
export function readThresholds(json: string | undefined): Thresholds {
  let value: unknown;
  try {
    value = json === undefined || json === '' ? {} : JSON.parse(json);
  } catch (cause) {
    throw new Error('The environment variable THRESHOLDS is not JSON', { cause });
  }
  const checked = checkValue(thresholdsSchema, value);
  if ('value' in checked) return checked.value;
  throw new Error(`The environment variable THRESHOLDS is not valid: ${listErrors(checked.errors)}`);
}
