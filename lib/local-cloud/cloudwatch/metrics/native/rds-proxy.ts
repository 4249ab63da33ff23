import type { ConsoleRow, ConsoleView } from '../../../servers/pgbouncer-console.ts';
import type { Datum } from '../datum.ts';

/** What a look at PgBouncer found, in RDS Proxy's terms. */
export interface PoolerLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of PgBouncer's process: another one counts from the beginning. */
  readonly poolerPid: number;
  /** `show pools`, `show stats`, `show lists`; null if the console did not respond. */
  readonly console: ConsoleView | null;
  /** Whether the database took a connection past the pooler just then. */
  readonly databaseAnswers: boolean;
  /** Logins that the front of the pooler has refused so far; left out where nobody counts them. */
  readonly refusedLogins?: number;
}

export interface ProxyNames {
  readonly proxyName: string;
  /** The database whose pools these are. */
  readonly database: string;
  /** max_db_connections of PgBouncer. */
  readonly maxConnections: number;
}

/**
 * AWS/RDS of a proxy, from PgBouncer's own counters. Missing stays: sessions pinned (a transaction pooler has none),
 * connections that could not be opened (PgBouncer does not count them), queries (RDS Proxy does not count the extended
 * protocol either).
 * @param before the look before this one: the borrow latency is what was waited since, by transaction
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
  const availability = of('AvailabilityPercentage', now.databaseAnswers ? 100 : 0, 'Percent', {
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

/** One that is being tested, cancelled or logged in cannot be lent either. */
const BORROWED = ['sv_active', 'sv_active_cancel', 'sv_being_canceled', 'sv_tested', 'sv_login'] as const;

/** Columns differ from version to version, so they are read by name; one that is not there counts nothing. */
const summing =
  ({ pools }: ConsoleView, database: string) =>
  (...columns: string[]): number =>
    pools
      .filter((row) => row['database'] === database)
      .reduce((total, row) => total + columns.reduce((part, column) => part + Number(row[column] ?? 0), 0), 0);

const statsOf = ({ stats }: ConsoleView, database: string): ConsoleRow | undefined =>
  stats.find((row) => row['database'] === database);

/** Microseconds by transaction since the look before; null if none ran, or the counters began anew. */
function borrowLatency(now: ConsoleRow | undefined, before: ConsoleRow | null | undefined): number | null {
  if (!now || !before) return null;
  const delta = (column: string) => Number(now[column] ?? Number.NaN) - Number(before[column] ?? Number.NaN);
  const waited = delta('total_wait_time');
  const transactions = delta('total_xact_count');
  return waited >= 0 && transactions > 0 ? waited / transactions : null;
}
