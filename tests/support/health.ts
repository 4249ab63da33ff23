import type { Sample } from '../../functions/contract/health.ts';
import type { Counters } from '../../functions/health/sql/signals.ts';

type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** A sample of an idle, healthy service, with some fields changed. */
export function sampleOf(changes: DeepPartial<Sample> = {}): Sample {
  const healthy: Sample = {
    takenAt: '2026-11-23T12:00:00.000000Z',
    intervalSeconds: 30,
    countersReset: false,
    probe: { up: true, cause: null, suspended: false, reason: null, roundTripMs: 1, seesAllSessions: true },
    pool: {
      baseConnections: 20,
      maxConnections: 70,
      inUse: 7,
      idle: 13,
      waiting: 0,
      utilizationPercent: 10,
      acquireMs: { avg: 2, p95: 2, max: 2 },
      clientWaitMs: 0.1,
      acquireRate: 12,
      clients: 9,
      errors: null,
      timeouts: null,
      pinned: null,
      source: 'pgbouncer',
    },
    performance: {
      insertRatePerSecond: 100,
      rowsReceived: 0,
      rejectedRowShare: 0,
      batches: 3,
      queryMs: { avg: 3, p95: null, p99: null },
      queries: 40,
      byType: { BULK_INSERT: null, SELECT: null, SELECT_LATEST: null, SOFT_DELETE: null, RESTORE: null },
    },
    database: {
      cpuPercent: 5,
      memoryUsedMb: null,
      freeableMemoryShare: 0.6,
      diskReadMbPerSecond: 0,
      diskWriteMbPerSecond: 0.1,
      sizeMb: 100,
      activeConnections: 1,
      connections: 9,
      connectionShare: 0.1,
      cacheHitRatio: 0.99,
      deadlocks: 0,
      longestTransactionSeconds: 0.1,
      longestIdleInTransactionSeconds: 0,
      longestLockWaitSeconds: 0,
      blockedBackends: 0,
      deadTupleRatio: 0,
      xidAgeRatio: 0.01,
      replicaLagSeconds: null,
    },
    partitions: [],
    runwayDays: 60,
    defaultRows: 0,
    archivedPartitions: 0,
  };
  return merged(healthy, changes) as Sample;
}

function merged(base: unknown, changes: unknown): unknown {
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return changes;
  if (typeof changes !== 'object' || changes === null) return changes;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    result[key] = key in result ? merged(result[key], value) : value;
  }
  return result;
}

/** Postgres' counters since the start of its statistics. */
export const COUNTERS: Counters = {
  started: '2026-11-01T00:00:00+00:00',
  statsReset: null,
  commits: 1000,
  rollbacks: 10,
  blocksRead: 50,
  blocksHit: 950,
  deadlocks: 2,
  io: { reset: null, readBytes: 1_000_000, writtenBytes: 2_000_000 },
  statements: { reset: 'r', statements: [] },
};
