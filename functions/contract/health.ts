import * as z from 'zod';

/** What the health probe finds, and how it is judged. Every number is null where it cannot be known. */

export const HEALTH_STATUSES = ['healthy', 'warning', 'critical', 'unknown'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

const measured = (description: string) => z.number().nullable().meta({ description });
const iso = z.string().meta({ format: 'date-time' });

const pool = z
  .object({
    baseConnections: z.int(),
    maxConnections: z.int(),
    inUse: measured('Server connections that work for a client.'),
    idle: measured('Server connections that wait for one.'),
    waiting: measured('Clients that wait for a server connection; only the pooler itself knows.'),
    utilizationPercent: measured('inUse of maxConnections.'),
    acquireMs: z.object({ avg: z.number().nullable(), p95: z.number().nullable(), max: z.number().nullable() }).meta({
      description:
        "The probe's own wait for the pooler, as any client's, on a connection that stands: one measurement a sample. `max` also has the first one, where a connection may have to be made.",
    }),
    clientWaitMs: measured('Mean wait of all clients since the last sample, by the pooler.'),
    acquireRate: measured('Connections handed out a second since the last sample.'),
    clients: measured('Clients connected to the pooler.'),
    errors: measured('Calls that found the database or the pooler away, in the last minute that CloudWatch has.'),
    timeouts: measured('Calls that found no free connection in time, in the last minute that CloudWatch has.'),
    pinned: measured('Sessions that the pooler had to tie to a client.'),
    source: z
      .enum(['pgbouncer', 'pg_stat_activity'])
      .nullable()
      .meta({ description: "Whose view this is: the pooler's own, or Postgres' sessions of our role." }),
  })
  .meta({ id: 'PoolHealth' });

const typeStatistics = z
  .object({ calls: z.number(), averageMs: z.number().nullable(), rows: z.number() })
  .nullable()
  .meta({ description: 'Statements of this type since the last sample, by pg_stat_statements.' });

const performance = z
  .object({
    insertRatePerSecond: measured('Rows stored a second since the last sample, by the ledger.'),
    rejectedRowShare: measured('Rejected of the rows received in stored batches since the last sample.'),
    batches: measured('Batches stored since the last sample.'),
    queryMs: z.object({ avg: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() }).meta({
      description: "avg: execution in Postgres by pg_stat_statements. Percentiles: the functions' own, where recorded.",
    }),
    queries: measured('Statements of all types since the last sample.'),
    byType: z.object({
      BULK_INSERT: typeStatistics,
      SELECT: typeStatistics,
      SELECT_LATEST: typeStatistics,
      SOFT_DELETE: typeStatistics,
      RESTORE: typeStatistics,
    }),
  })
  .meta({ id: 'Performance' });

const database = z
  .object({
    cpuPercent: measured('Processors, where CloudWatch is read.'),
    memoryUsedMb: measured('Where CloudWatch is read and the size is known.'),
    freeableMemoryShare: measured('Memory the database could still have, of all; where CloudWatch is read.'),
    diskReadMbPerSecond: measured('Asked of the operating system since the last sample.'),
    diskWriteMbPerSecond: measured('Given to the operating system since the last sample.'),
    sizeMb: measured('The database on disk.'),
    activeConnections: measured('Backends that run a statement.'),
    connections: measured('All clients of Postgres.'),
    connectionShare: measured('connections of those that Postgres grants to ordinary roles.'),
    cacheHitRatio: measured('Blocks found in shared buffers since the last sample.'),
    deadlocks: measured('Since the last sample.'),
    longestTransactionSeconds: measured('The oldest transaction that is open.'),
    longestIdleInTransactionSeconds: measured('The longest idleness inside one.'),
    longestLockWaitSeconds: measured('The longest wait for a lock.'),
    blockedBackends: measured('Backends that wait for a lock.'),
    deadTupleRatio: measured('Of the worst table with over 10,000 dead rows; 0 where there is none.'),
    xidAgeRatio: measured('Age of the oldest transaction id, of 2^31.'),
    replicaLagSeconds: measured('The slowest replica.'),
  })
  .meta({ id: 'DatabaseHealth' });

const partition = z
  .object({
    table: z.string(),
    name: z.string(),
    from: iso.nullable(),
    to: iso.nullable(),
    rows: measured("Postgres' estimate."),
    sizeMb: measured('With its indexes; null while the table is locked.'),
    lastInsertAt: iso.nullable().meta({ description: 'To the probe interval; null where none was seen.' }),
    status: z.enum(['past', 'current', 'ahead', 'default']),
  })
  .meta({ id: 'Partition' });

export const sample = z
  .object({
    takenAt: iso,
    intervalSeconds: measured('Since the sample before: what rates and deltas cover.'),
    countersReset: z.boolean().meta({ description: 'Statistics were reset since the last sample: no deltas.' }),
    probe: z.object({
      up: z.boolean().meta({ description: 'Whether the probe reached the database through the pooler.' }),
      suspended: z.boolean().meta({ description: 'The database sleeps, and the probe let it.' }),
      reason: z.string().nullable().meta({ description: 'Why it could not.' }),
      roundTripMs: measured('One statement, once connected.'),
      seesAllSessions: z.boolean().nullable().meta({ description: 'False: only our own role is seen.' }),
    }),
    pool,
    performance,
    database,
    partitions: z.array(partition).nullable(),
    runwayDays: measured('Until the first table runs out of partitions made ahead.'),
    defaultRows: measured('Rows in default partitions, counted up to a million each.'),
    archivedPartitions: measured('Partitions that retention has taken out of the tables.'),
  })
  .meta({ id: 'HealthSample' });

export type Sample = z.output<typeof sample>;

export const health = z
  .object({
    status: z.enum(HEALTH_STATUSES),
    alerts: z.array(z.string()).meta({ examples: [['CRITICAL: Connection pool utilization at 85.0%']] }),
    sample: sample.nullable(),
    ageSeconds: z.number().nullable(),
  })
  .meta({ id: 'Health' });
export type Health = z.output<typeof health>;

/** A part of the last sample; null before the first one. */
const ofSample = <S extends z.ZodRawShape>(shape: S) =>
  z.object({ takenAt: iso.nullable(), ageSeconds: z.number().nullable(), ...shape });

export const healthHistory = z.object({
  data: z.array(z.object({ status: z.enum(HEALTH_STATUSES), alerts: z.array(z.string()), sample })),
  nextCursor: z.string().nullable(),
});
export const poolHealth = ofSample({ pool: pool.nullable() });
export const partitionHealth = ofSample({
  partitions: z.array(partition).nullable(),
  runwayDays: z.number().nullable(),
  defaultRows: z.number().nullable(),
  archivedPartitions: z.number().nullable(),
});
export const performanceResponse = ofSample({
  intervalSeconds: z.number().nullable(),
  performance: performance.nullable(),
  cacheHitRatio: z.number().nullable(),
});
