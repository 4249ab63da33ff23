import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';

/** What the health probe measures and how it is rated. A number that cannot be measured is null. */

/** Ratings of the health, best first; `unknown` without a recent sample. */
export const HEALTH_STATUSES = ['healthy', 'warning', 'critical', 'unknown'] as const;
/** One of `HEALTH_STATUSES`. */
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

const measured = (description: string) => documented(z.nullable(z.number()), forDocument({ description }));
const iso = documented(z.string(), forDocument({ format: 'date-time' }));

const pool = documented(
  z.object({
    baseConnections: z.int(),
    maxConnections: z.int(),
    inUse: measured('Server connections in use by a client.'),
    idle: measured('Idle server connections.'),
    waiting: measured('Clients that wait for a server connection. Null unless the pooler reports it.'),
    utilizationPercent: measured('`inUse` as a percentage of `maxConnections`.'),
    acquireMs: documented(
      z.object({ avg: z.nullable(z.number()), p95: z.nullable(z.number()), max: z.nullable(z.number()) }),
      forDocument({
        description:
          'How long the probe, like any client, waits for a server on an open connection, measured once per sample. `max` includes the first wait, which may open the connection.',
      }),
    ),
    clientWaitMs: measured('Mean wait of all clients since the last sample, as the pooler reports it.'),
    acquireRate: measured('Server connections handed out per second since the last sample.'),
    clients: measured('Clients connected to the pooler.'),
    errors: measured(
      'Calls that found the database or the pooler unavailable, in the last minute that CloudWatch has.',
    ),
    timeouts: measured('Calls that got no connection in time, in the last minute that CloudWatch has.'),
    pinned: measured('Sessions that the pooler has pinned to one client.'),
    source: documented(
      z.nullable(z.enum(['pgbouncer', 'pg_stat_activity'])),
      forDocument({
        description: "The source of these numbers: the pooler itself, or Postgres' sessions of the application's role.",
      }),
    ),
  }),
  forDocument({ id: 'PoolHealth' }),
);

const typeStatistics = documented(
  z.nullable(z.object({ calls: z.number(), averageMs: z.nullable(z.number()), rows: z.number() })),
  forDocument({ description: 'Statements of this type since the last sample, from pg_stat_statements.' }),
);

const performance = documented(
  z.object({
    insertRatePerSecond: measured('Rows stored per second since the last sample, from the ledger.'),
    rowsReceived: measured('Rows received in batches stored since the last sample.'),
    rejectedRowShare: measured('Share of received rows that were rejected, in batches stored since the last sample.'),
    batches: measured('Batches stored since the last sample.'),
    queryMs: documented(
      z.object({ avg: z.nullable(z.number()), p95: z.nullable(z.number()), p99: z.nullable(z.number()) }),
      forDocument({
        description:
          'avg: execution time in Postgres, from pg_stat_statements. Percentiles: as the functions record them.',
      }),
    ),
    queries: measured('Statements of all types since the last sample.'),
    byType: z.object({
      BULK_INSERT: typeStatistics,
      SELECT: typeStatistics,
      SELECT_LATEST: typeStatistics,
      SOFT_DELETE: typeStatistics,
      RESTORE: typeStatistics,
    }),
  }),
  forDocument({ id: 'Performance' }),
);

const database = documented(
  z.object({
    cpuPercent: measured('Processor utilization. Null unless the probe reads CloudWatch.'),
    memoryUsedMb: measured('Memory in use. Null unless the probe reads CloudWatch and knows the size of the instance.'),
    freeableMemoryShare: measured('Share of memory that is freeable. Null unless the probe reads CloudWatch.'),
    diskReadMbPerSecond: measured('Read from the operating system since the last sample.'),
    diskWriteMbPerSecond: measured('Written to the operating system since the last sample.'),
    sizeMb: measured('Size of the database on disk.'),
    activeConnections: measured('Backends that are running a statement.'),
    connections: measured('All client connections to Postgres.'),
    connectionShare: measured('`connections` as a share of those that ordinary roles may open.'),
    cacheHitRatio: measured('Share of blocks found in shared buffers since the last sample.'),
    deadlocks: measured('Since the last sample.'),
    longestTransactionSeconds: measured('Age of the oldest open transaction.'),
    longestIdleInTransactionSeconds: measured('The longest time that an open transaction has been idle.'),
    longestLockWaitSeconds: measured('The longest wait for a lock.'),
    blockedBackends: measured('Backends that wait for a lock.'),
    deadTupleRatio: measured('Share of dead rows in the worst table with over 10,000 of them. 0 where there is none.'),
    xidAgeRatio: measured('Age of the oldest transaction id as a share of 2^31.'),
    replicaLagSeconds: measured('Lag of the slowest replica.'),
  }),
  forDocument({ id: 'DatabaseHealth' }),
);

const partition = documented(
  z.object({
    table: z.string(),
    name: z.string(),
    from: z.nullable(iso),
    to: z.nullable(iso),
    rows: measured("Postgres' estimate of the number of rows."),
    sizeMb: measured('Size with indexes. Null while the table is locked.'),
    lastInsertAt: documented(
      z.nullable(iso),
      forDocument({
        description: 'Accurate to the probe interval. Null if no insert was seen.',
      }),
    ),
    status: z.enum(['past', 'current', 'ahead', 'default']),
  }),
  forDocument({ id: 'Partition' }),
);

/** What one run of the health probe has measured. */
export const sample = documented(
  z.object({
    takenAt: iso,
    intervalSeconds: measured('Time since the previous sample, which rates and deltas cover.'),
    countersReset: documented(
      z.boolean(),
      forDocument({
        description: 'Statistics were reset since the last sample, so there are no deltas.',
      }),
    ),
    probe: z.object({
      up: documented(
        z.boolean(),
        forDocument({ description: 'Whether the probe reached the database through the pooler.' }),
      ),
      cause: documented(
        z.nullable(z.enum(['unreachable', 'pool_exhausted'])),
        forDocument({
          description: 'Why it could not: nothing responded, or the pooler had no free connection.',
        }),
      ),
      suspended: documented(
        z.boolean(),
        forDocument({ description: 'The database is paused, and the probe did not wake it.' }),
      ),
      reason: documented(z.nullable(z.string()), forDocument({ description: 'Why the probe failed.' })),
      roundTripMs: measured('Round trip of one statement on an open connection.'),
      seesAllSessions: documented(
        z.nullable(z.boolean()),
        forDocument({
          description: "False if only the application's own sessions are visible.",
        }),
      ),
    }),
    pool,
    performance,
    database,
    partitions: z.nullable(z.array(partition)),
    runwayDays: measured('Days until the first table runs out of prepared partitions.'),
    defaultRows: measured('0: there are no default partitions. Null if somebody has added one.'),
    archivedPartitions: measured('Partitions that retention has moved to the archive.'),
  }),
  forDocument({ id: 'HealthSample' }),
);

/** See `sample`. */
export type Sample = z.output<typeof sample>;

/** The response of `GET /v1/health`. */
export const health = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      status: z.enum(HEALTH_STATUSES),
      alerts: documented(
        z.array(z.string()),
        forDocument({ examples: [['CRITICAL: Connection pool utilization at 85.0%']] }),
      ),
      sample: z.nullable(sample),
      ageSeconds: z.nullable(z.number()),
    }),
    forDocument({ id: 'Health' }),
  ),
);
/** See `health`. */
export type Health = z.output<typeof health>;

/** A part of the last sample; null before the first one. */
const ofSample = <S extends z.core.$ZodShape>(shape: S) =>
  z.object({ takenAt: z.nullable(iso), ageSeconds: z.nullable(z.number()), ...shape });

/** The response of `GET /v1/health/history`. */
export const healthHistory = /* @__PURE__ */ made(() =>
  z.object({
    data: z.array(z.object({ status: z.enum(HEALTH_STATUSES), alerts: z.array(z.string()), sample })),
    nextCursor: z.nullable(z.string()),
  }),
);
/** The response of `GET /v1/health/pool`. */
export const poolHealth = /* @__PURE__ */ made(() => ofSample({ pool: z.nullable(pool) }));
/** The response of `GET /v1/health/partitions`. */
export const partitionHealth = /* @__PURE__ */ made(() =>
  ofSample({
    partitions: z.nullable(z.array(partition)),
    runwayDays: z.nullable(z.number()),
    defaultRows: z.nullable(z.number()),
    archivedPartitions: z.nullable(z.number()),
  }),
);
/** The response of `GET /v1/performance`. */
export const performanceResponse = /* @__PURE__ */ made(() =>
  ofSample({
    intervalSeconds: z.nullable(z.number()),
    performance: z.nullable(performance),
    cacheHitRatio: z.nullable(z.number()),
  }),
);
