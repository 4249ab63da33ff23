import type { Datum } from '../datum.ts';

/** PostgreSQL's statistics at one time. */
export interface DatabaseLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** From pg_stat_database, cumulative. */
  readonly deadlocks: number;
  /** From pg_stat_database. A change means that the counters were reset. */
  readonly statsReset: string | null;
  /** Number of client backends. */
  readonly connections: number;
}

/**
 * AWS/RDS for an Aurora cluster's writer, as far as a local PostgreSQL can show it. `STAYS_MISSING` lists what stays
 * missing, and why.
 * @param before the previous sample: deadlocks are reported as a rate per second since then
 */
export function auroraMetrics(clusterId: string, now: DatabaseLook, before: DatabaseLook | null): Datum[] {
  const of = (name: string, value: number, unit: string): Datum[] =>
    [{ DBClusterIdentifier: clusterId }, { DBClusterIdentifier: clusterId, Role: 'WRITER' }].map(
      (dimensions: Record<string, string>) => ({
        namespace: 'AWS/RDS',
        name,
        dimensions,
        timestamp: now.at,
        value,
        unit,
      }),
    );
  const rate = deadlockRate(now, before);
  return [
    ...of('DatabaseConnections', now.connections, 'Count'),
    ...(rate === null ? [] : of('Deadlocks', rate, 'Count/Second')),
  ];
}

function deadlockRate(now: DatabaseLook, before: DatabaseLook | null): number | null {
  if (before === null || now.statsReset !== before.statsReset || now.deadlocks < before.deadlocks) return null;
  return now.at > before.at ? (1000 * (now.deadlocks - before.deadlocks)) / (now.at - before.at) : null;
}
