/** A sample of the health probe as the reference shows one. */

const POOL = {
  ...{ baseConnections: 20, maxConnections: 70, inUse: 12, idle: 8, waiting: 0, utilizationPercent: 17.1 },
  ...{ acquireMs: { avg: 0.4, p95: 0.4, max: 1.9 }, clientWaitMs: null, acquireRate: 310.2, clients: 58 },
  ...{ errors: 0, timeouts: 0, pinned: 0, source: 'pg_stat_activity' },
};
const statements = (calls: number, averageMs: number, rows: number) => ({ calls, averageMs, rows });
const PERFORMANCE = {
  ...{
    insertRatePerSecond: 4820,
    rowsReceived: 12_000,
    rejectedRowShare: 0,
    batches: 15,
    queryMs: { avg: 3.1, p95: 9.4, p99: 21 },
    queries: 412,
  },
  byType: {
    BULK_INSERT: statements(15, 41.2, 144_600),
    SELECT: statements(280, 2.2, 91_000),
    SELECT_LATEST: statements(117, 0.9, 1170),
    SOFT_DELETE: null,
    RESTORE: null,
  },
};
const DATABASE = {
  ...{
    cpuPercent: 21.5,
    memoryUsedMb: 3900,
    freeableMemoryShare: 0.51,
    diskReadMbPerSecond: 0.2,
    diskWriteMbPerSecond: 6.1,
  },
  ...{
    sizeMb: 18_230,
    activeConnections: 4,
    connections: 31,
    connectionShare: 0.08,
    cacheHitRatio: 0.998,
    deadlocks: 0,
  },
  ...{
    longestTransactionSeconds: 0.2,
    longestIdleInTransactionSeconds: 0,
    longestLockWaitSeconds: 0,
    blockedBackends: 0,
  },
  ...{ deadTupleRatio: 0.01, xidAgeRatio: 0.02, replicaLagSeconds: null },
};
const PARTITIONS = [
  {
    ...{
      table: 'market_data',
      name: 'market_data_2026_01',
      from: '2026-01-01T00:00:00.000000Z',
      to: '2026-02-01T00:00:00.000000Z',
    },
    ...{ rows: 98_100_000, sizeMb: 15_800, lastInsertAt: '2026-01-30T14:30:00.000000Z', status: 'current' },
  },
];
const TAKEN = { takenAt: '2026-01-30T14:30:05.112345Z', ageSeconds: 12.4 };
const AHEAD = { runwayDays: 61, defaultRows: 0, archivedPartitions: 0 };

const SAMPLE = {
  ...{ takenAt: TAKEN.takenAt, intervalSeconds: 30, countersReset: false },
  probe: { up: true, cause: null, suspended: false, reason: null, roundTripMs: 1.8, seesAllSessions: true },
  ...{ pool: POOL, performance: PERFORMANCE, database: DATABASE, partitions: PARTITIONS, ...AHEAD },
};

/** Example responses of the health routes. */
export const HEALTH_EXAMPLES = {
  getHealth: { status: 'healthy', alerts: [], sample: SAMPLE, ageSeconds: TAKEN.ageSeconds },
  listHealth: { data: [{ status: 'healthy', alerts: [], sample: SAMPLE }], nextCursor: null },
  getPoolHealth: { ...TAKEN, pool: POOL },
  getPartitionHealth: { ...TAKEN, partitions: PARTITIONS, ...AHEAD },
  getPerformance: { ...TAKEN, intervalSeconds: 30, performance: PERFORMANCE, cacheHitRatio: DATABASE.cacheHitRatio },
};
