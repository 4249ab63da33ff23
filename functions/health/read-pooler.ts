import type { PoolerConsoleView } from '../database/connect/connect-pooler-console.ts';

/** The pooler's own view of one database. */
export interface PoolerView {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
  /** Clients of the whole pooler. */
  readonly clients: number | null;
  /** Cumulative: the time that all clients have waited, and the number of transactions that got a server. */
  readonly waitMicros: number | null;
  readonly transactions: number | null;
}

/** The console's numbers for a database, for all its users together, as `max_db_connections` counts them. */
export function poolerView({ pools, stats, lists }: PoolerConsoleView, database: string): PoolerView {
  const ours = pools.filter((row) => row['database'] === database);
  const sum = (...columns: string[]) =>
    ours.reduce((total, row) => total + columns.reduce((part, column) => part + Number(row[column] ?? 0), 0), 0);
  const stat = stats.find((row) => row['database'] === database);
  const counter = (name: string) => (stat?.[name] == null ? null : Number(stat[name]));
  const used = lists.find((row) => row['list'] === 'used_clients')?.['items'];
  return {
    // a connection that is being tested or is logging in cannot be assigned either
    inUse: sum('sv_active', 'sv_active_cancel', 'sv_being_canceled', 'sv_tested', 'sv_login'),
    idle: sum('sv_idle', 'sv_used'),
    waiting: sum('cl_waiting'),
    clients: used == null ? null : Number(used),
    waitMicros: counter('total_wait_time'),
    transactions: counter('total_xact_count'),
  };
}
