import type { ConsoleRow, ConsoleView } from '../../../servers/pgbouncer-console.ts';
import type { Datum } from '../datum.ts';

/** One sample of PgBouncer, in RDS Proxy's terms. */
export interface PoolerLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The pid of PgBouncer's process: a new process starts its counters at zero. */
  readonly poolerPid: number;
  /** `show pools`, `show stats`, `show lists`; null if the console did not respond. */
  readonly console: ConsoleView | null;
  /** Whether the database accepted a connection that bypasses the pooler at that time. */
  readonly databaseResponds: boolean;
  /** Logins refused in front of the pooler so far; undefined if nobody counts them. */
  readonly refusedLogins?: number;
}

export interface ProxyNames {
  readonly proxyName: string;
  /** The database whose pools these are. */
  readonly database: string;
  /** PgBouncer's max_db_connections. */
  readonly maxConnections: number;
}

/**
 * AWS/RDS for a proxy, from PgBouncer's own counters. These stay missing: pinned sessions (a transaction pooler has
 * none), connections that could not be opened (PgBouncer does not count them), and queries (RDS Proxy does not count
 * the extended protocol either).
 * @param before the previous sample: the borrow latency is the wait per transaction since then
 */
export function proxyMetrics(names: ProxyNames, now: PoolerLook, before: PoolerLook | null): Datum[] {
  const { proxyName, database, maxConnections } = names;
  const of = (name: string, value: number, unit = 'Count', more: Record<string, string> = {}): Datum => ({
    namespace: 'AWS/RDS',
    name,
    dimensions: { ProxyName: proxyName, ...more },
    timestamp: now.at,
    value,
    unit,
  });
  const availability = of('AvailabilityPercentage', now.databaseResponds ? 100 : 0, 'Percent', {
    TargetGroup: 'default',
    TargetRole: 'READ_WRITE',
  });
  const known = [
    availability,
    ...(now.refusedLogins === undefined
      ? []
      : [of('ClientConnectionsSetupFailedAuth', now.refusedLogins - (before?.refusedLogins ?? 0))]),
  ];
  if (now.console === null) return known;
  const sum = summing(now.console, database);
  const counted = before?.poolerPid === now.poolerPid ? before.console : null;
  const latency = borrowLatency(statsOf(now.console, database), counted && statsOf(counted, database));
  return [
    ...known,
    of('ClientConnections', sum('cl_active', 'cl_waiting', 'cl_active_cancel_req', 'cl_waiting_cancel_req')),
    of('DatabaseConnections', sum(...BORROWED, 'sv_idle', 'sv_used')),
    of('DatabaseConnectionsCurrentlyBorrowed', sum(...BORROWED)),
    of('MaxDatabaseConnectionsAllowed', maxConnections),
    ...(latency === null ? [] : [of('DatabaseConnectionsBorrowLatency', latency, 'Microseconds')]),
  ];
}

/** Connections that are being tested, cancelled or logged in cannot be lent either. */
const BORROWED = ['sv_active', 'sv_active_cancel', 'sv_being_canceled', 'sv_tested', 'sv_login'] as const;

/** Columns differ between versions, so they are read by name. A missing column counts as zero. */
const summing =
  ({ pools }: ConsoleView, database: string) =>
  (...columns: string[]): number =>
    pools
      .filter((row) => row['database'] === database)
      .reduce((total, row) => total + columns.reduce((part, column) => part + Number(row[column] ?? 0), 0), 0);

const statsOf = ({ stats }: ConsoleView, database: string): ConsoleRow | undefined =>
  stats.find((row) => row['database'] === database);

/** Microseconds per transaction since the previous sample; null if none ran, or if the counters were reset. */
function borrowLatency(now: ConsoleRow | undefined, before: ConsoleRow | null | undefined): number | null {
  if (!now || !before) return null;
  const delta = (column: string) => Number(now[column] ?? Number.NaN) - Number(before[column] ?? Number.NaN);
  const waited = delta('total_wait_time');
  const transactions = delta('total_xact_count');
  return waited >= 0 && transactions > 0 ? waited / transactions : null;
}
