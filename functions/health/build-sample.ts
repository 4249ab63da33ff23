import type { Sample } from '../contract/health.ts';
import { QUERY_TYPES, type QueryType } from '../metrics/query-types.ts';
import { deltas, NO_DELTAS, wasReset } from './counter-deltas.ts';
import { type SeenOperation, seenOperation, stallSeconds } from './operation-stall.ts';
import { partitionsOf, runwayDays, type SeenPartitions, seenPartitions } from './partition-health.ts';
import type { PoolerView } from './read-pooler.ts';
import type { Readings } from './readings.ts';
import type { Counters, Signals } from './sql/signals.ts';
import { statisticsByType } from './statement-types.ts';

/** What a probe has found. A part that could not be read is null. */
export interface Findings {
  /** ISO 8601; by the database's clock if it responded. */
  readonly takenAt: string;
  readonly up: boolean;
  readonly suspended: boolean;
  readonly cause: Sample['probe']['cause'];
  readonly reason: string | null;
  /** The wait for a server on an open connection, as functions have. */
  readonly acquireMs: number | null;
  /** The longest wait, which may include opening the connection. */
  readonly slowestAcquireMs: number | null;
  readonly roundTripMs: number | null;
  readonly signals: Signals | null;
  readonly pooler: PoolerView | null;
  readonly readings: Readings | null;
  readonly poolSize: { readonly base: number; readonly max: number };
}

const COUNTERS_FORM = 1;

/** What the next sample subtracts; stored with the sample. */
export interface StoredCounters extends Counters {
  /** Of this form; another release's counters are not subtracted. */
  readonly form: typeof COUNTERS_FORM;
  readonly ledger: Signals['ledger'];
  readonly pooler: { readonly waitMicros: number; readonly transactions: number } | null;
  readonly partitions: SeenPartitions;
  /** Absent in samples of an earlier release. */
  readonly operation?: SeenOperation | null;
}

const MEGABYTE = 1024 * 1024;

/** A sample with the data that the next sample needs. */
export interface BuiltSample {
  readonly sample: Sample;
  readonly counters: StoredCounters | null;
  /** How long the oldest large operation has not advanced. Null if unknown. Seconds. */
  readonly operationStallSeconds: number | null;
}

/** Makes a sample from what was found. Pure: the same findings give the same sample. */
export function buildSample(findings: Findings): BuiltSample {
  const { signals, readings } = findings;
  const stored = (signals?.previous?.counters ?? null) as StoredCounters | null;
  const before = stored?.form === COUNTERS_FORM ? stored : null;
  const intervalSeconds = signals?.previous ? secondsBetween(signals.previous.takenAt, signals.now) : null;
  const now = signals?.counters ?? null;
  const changes = now && before ? deltas(now, before) : NO_DELTAS;
  const perSecond = (amount: number | null) => rate(amount, intervalSeconds);
  const seen = signals ? seenPartitions(signals, before) : {};
  const operation = signals ? seenOperation(signals, before?.operation ?? null) : null;
  const counters: StoredCounters | null = signals
    ? {
        form: COUNTERS_FORM,
        ...signals.counters,
        ledger: signals.ledger,
        pooler: poolerCounters(findings.pooler),
        partitions: seen,
        operation,
      }
    : null;
  const sample: Sample = {
    takenAt: findings.takenAt,
    intervalSeconds,
    countersReset: now !== null && before !== null && wasReset(now, before),
    probe: {
      up: findings.up,
      cause: findings.cause,
      suspended: findings.suspended,
      reason: findings.reason,
      roundTripMs: findings.roundTripMs,
      seesAllSessions: signals?.sees_all ?? null,
    },
    pool: poolOf(findings, before, changes.transactions, intervalSeconds),
    performance: performanceOf(findings, before, intervalSeconds),
    database: {
      cpuPercent: readings?.cpuPercent ?? null,
      memoryUsedMb: readings?.memoryUsedMb ?? null,
      freeableMemoryShare: readings?.freeableMemoryShare ?? null,
      diskReadMbPerSecond: readings?.diskReadMbPerSecond ?? megabytes(perSecond(changes.readBytes)),
      diskWriteMbPerSecond: readings?.diskWriteMbPerSecond ?? megabytes(perSecond(changes.writtenBytes)),
      sizeMb: megabytes(signals?.size_bytes ?? null),
      connections: signals?.sees_all ? signals.activity.clients : null,
      connectionShare: signals?.sees_all ? signals.activity.clients / signals.activity.usableConnections : null,
      activeConnections: signals?.activity.active ?? null,
      cacheHitRatio: changes.cacheHitRatio,
      deadlocks: changes.deadlocks,
      longestTransactionSeconds: signals?.activity.longestTransactionSeconds ?? null,
      longestIdleInTransactionSeconds: signals?.activity.longestIdleInTransactionSeconds ?? null,
      longestLockWaitSeconds: signals?.longest_lock_wait_seconds ?? null,
      blockedBackends: signals?.activity.blocked ?? null,
      deadTupleRatio: signals?.dead_tuple_ratio ?? null,
      xidAgeRatio: signals?.xid_age_ratio ?? null,
      replicaLagSeconds: readings?.replicaLagSeconds ?? signals?.replica_lag_seconds ?? null,
    },
    partitions: signals ? partitionsOf(signals, seen) : null,
    runwayDays: signals ? runwayDays(signals.partitions, Date.parse(signals.now)) : null,
    defaultRows: signals?.default_rows ?? null,
    archivedPartitions: signals?.archived_partitions ?? null,
  };
  const operationStallSeconds = signals ? stallSeconds(operation, signals.now) : null;
  return { sample: rounded(sample) as Sample, counters, operationStallSeconds };
}

/** Rounds to six significant digits, because measurements are not more exact than that. Integers stay unchanged. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]));
}

/** The pool as the pooler reports it, else as Postgres shows the sessions of the application's role. */
function poolOf(
  { pooler, signals, acquireMs, slowestAcquireMs, readings, poolSize }: Findings,
  before: StoredCounters | null,
  transactions: number | null,
  intervalSeconds: number | null,
): Sample['pool'] {
  const inUse = pooler?.inUse ?? signals?.activity.poolInUse ?? null;
  const now = poolerCounters(pooler);
  const waited = now && before?.pooler ? now.waitMicros - before.pooler.waitMicros : null;
  const served = now && before?.pooler ? now.transactions - before.pooler.transactions : null;
  // a restarted pooler counts from zero
  const continued = waited !== null && served !== null && waited >= 0 && served >= 0;
  return {
    baseConnections: poolSize.base,
    maxConnections: poolSize.max,
    inUse,
    idle: pooler?.idle ?? signals?.activity.poolIdle ?? null,
    waiting: pooler?.waiting ?? null,
    utilizationPercent: inUse === null ? null : (100 * inUse) / poolSize.max,
    acquireMs: { avg: acquireMs, p95: acquireMs, max: slowestAcquireMs },
    clientWaitMs: continued && served > 0 ? waited / served / 1000 : null,
    acquireRate: rate(continued ? served : transactions, intervalSeconds),
    clients: pooler?.clients ?? null,
    errors: readings?.errors ?? null,
    timeouts: readings?.timeouts ?? null,
    pinned: readings?.pinned ?? null,
    source: pooler ? 'pgbouncer' : signals ? 'pg_stat_activity' : null,
  };
}

const poolerCounters = (pooler: PoolerView | null): StoredCounters['pooler'] =>
  pooler?.waitMicros == null || pooler.transactions === null
    ? null
    : { waitMicros: pooler.waitMicros, transactions: pooler.transactions };

function performanceOf(
  { signals, readings }: Findings,
  before: StoredCounters | null,
  intervalSeconds: number | null,
): Sample['performance'] {
  const ingest = signals?.ingest ?? null;
  const byType = signals && before ? typesOf(signals, before) : null;
  const all = byType ? Object.values(byType) : [];
  // the time of a batch depends on its rows, so it has a metric of its own, per 1,000 rows
  const others = byType ? Object.entries(byType).flatMap(([type, one]) => (type === 'BULK_INSERT' ? [] : [one])) : [];
  const queries = byType ? all.reduce((sum, { calls }) => sum + calls, 0) : null;
  const ms = others.reduce((sum, { calls, averageMs }) => sum + calls * (averageMs ?? 0), 0);
  const judged = others.reduce((sum, { calls }) => sum + calls, 0);
  return {
    insertRatePerSecond: rate(ingest?.inserted ?? null, intervalSeconds),
    rowsReceived: ingest?.received ?? null,
    rejectedRowShare: ingest && ingest.received > 0 ? ingest.rejected / ingest.received : null,
    batches: ingest?.batches ?? null,
    queryMs: {
      avg: judged > 0 ? ms / judged : null,
      p95: readings?.queryP95Ms ?? null,
      p99: readings?.queryP99Ms ?? null,
    },
    queries,
    byType: Object.fromEntries(QUERY_TYPES.map((type) => [type, byType?.[type] ?? null])) as Record<
      QueryType,
      Sample['performance']['byType'][QueryType]
    >,
  };
}

/** From pg_stat_statements, except the rows of batches: it does not count the rows of a small batch, which is a function call. */
function typesOf({ counters, ingest }: Signals, before: StoredCounters): ReturnType<typeof statisticsByType> {
  const byType = statisticsByType(counters.statements, before.statements);
  if (byType === null || ingest === null) return byType;
  return { ...byType, BULK_INSERT: { ...byType.BULK_INSERT, rows: ingest.inserted } };
}

const secondsBetween = (from: string, to: string) => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

/** A rate per second. Null for less than a second, in which a single row would look like a high rate. */
const rate = (amount: number | null, seconds: number | null) =>
  amount === null || seconds === null || seconds < 1 ? null : amount / seconds;

const megabytes = (bytes: number | null) => (bytes === null ? null : bytes / MEGABYTE);
