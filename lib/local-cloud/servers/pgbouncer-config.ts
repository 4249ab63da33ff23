import { LOOPBACK } from '../machine/loopback-port.ts';
import type { PoolerSettings } from './database-specification.ts';

/**
 * Number of server connections in addition to the pooler's: migrations, psql, the health probe's direct connection,
 * tests, and the three that PostgreSQL reserves for superusers.
 */
const DIRECT_CONNECTIONS = 30;

/** The max_connections that leaves room for all connections of this pooler; 100 for the default pooler. */
export function maxConnectionsFor(pooler: PoolerSettings): number {
  return pooler.baseConnections + pooler.overflowConnections + DIRECT_CONNECTIONS;
}

/**
 * The pooler's settings as PgBouncer names them, in its units (seconds, counts), for version 1.18 and newer. Startup
 * parameters are refused, as RDS Proxy and Neon refuse them: `ignore_startup_parameters` stays empty.
 */
export function pgbouncerSettings(pooler: PoolerSettings): Record<string, string> {
  const { baseConnections, overflowConnections } = pooler;
  return {
    pool_mode: 'transaction',
    default_pool_size: String(baseConnections),
    reserve_pool_size: String(overflowConnections),
    // The overflow opens only for a client that has waited this long (0 would disable it). PgBouncer accepts fractions,
    // but checks every third of a second: with 0.1 a client gets the first overflow connection after 0.3 to 0.45 s
    // (1.18).
    reserve_pool_timeout: '0.1',
    max_db_connections: String(baseConnections + overflowConnections),
    query_wait_timeout: String(pooler.acquireTimeoutSeconds),
    server_lifetime: String(pooler.recycleSeconds),
    server_idle_timeout: '600',
    server_check_delay: '30',
    // Since 1.25 the default is not to check, so it is always set. An empty text disables the check.
    server_check_query: pooler.checkBeforeUse ? 'select 1' : '',
    // After a failed login PgBouncer refuses everyone for this long (15 by default). A local restart should not cost
    // that.
    server_login_retry: '1',
    // Bytes per read and write of a connection. With the default of 4,096, PgBouncer takes 1.9 ms of processor time for a
    // batch of 10,000 rows instead of 1.1.
    pkt_buf: '16384',
    max_client_conn: '1000',
    tcp_keepalive: '1',
    tcp_keepidle: '60',
    tcp_keepintvl: '10',
    tcp_keepcnt: '3',
  };
}

/**
 * Settings that only newer versions have. From 1.21 on PgBouncer can track named prepared statements, and since 1.24 it
 * does so by default. The poolers in the cloud pin or fail there, so it is disabled here and a local run shows the same
 * fault.
 */
export function settingsSince(version: string): Record<string, string> {
  return isAtLeast(version, '1.21') ? { max_prepared_statements: '0' } : {};
}

/** The complete pgbouncer.ini. Every database of the PostgreSQL behind it is available under its own name. */
export function pgbouncerIni(options: {
  readonly port: number;
  readonly postgresPort: number;
  readonly usersFile: string;
  /** The role that may use the admin console. */
  readonly monitor: string;
  readonly settings: Readonly<Record<string, string>>;
}): string {
  const settings: Record<string, string> = {
    ...options.settings,
    listen_addr: LOOPBACK,
    listen_port: String(options.port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: options.usersFile,
    admin_users: options.monitor,
    stats_users: options.monitor,
    // A line per connection of each function would bury the errors.
    log_connections: '0',
    log_disconnections: '0',
    log_stats: '0',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return `[databases]\n* = host=${LOOPBACK} port=${options.postgresPort}\n\n[pgbouncer]\n${lines.join('\n')}\n`;
}

/** PgBouncer's auth_file. It has plain passwords, because PgBouncer needs them to log in to PostgreSQL with SCRAM. */
export function pgbouncerUsers(passwords: Readonly<Record<string, string>>): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return Object.entries(passwords)
    .map(([user, password]) => `${quote(user)} ${quote(password)}\n`)
    .join('');
}

/** Compares versions such as 1.18.0 by number. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (have?.[i] ?? 0) - (want?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
