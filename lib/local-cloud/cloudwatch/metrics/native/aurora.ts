import type { Datum } from '../datum.ts';

/** What Postgres says of itself at one moment. */
export interface DatabaseLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of pg_stat_database, cumulative. */
  readonly deadlocks: number;
  /** Of pg_stat_database: a change means that the counters began anew. */
  readonly statsReset: string | null;
  /** Backends of clients. */
  readonly connections: number;
}

/**
 * AWS/RDS of an Aurora cluster's writer, as far as a local Postgres can show it. What stays missing, and why, says
 * `STAYS_MISSING`.
 * @param before the look before this one: deadlocks are a rate by the second since
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
