import { capacityErrors } from '../../functions/config/capacity.ts';
import type { CapacityFacts, EffectiveConfig } from '../../functions/config/effective-config.ts';
import { backendOf, type DatabaseBackend } from './database-backend.ts';
import type { Settings } from './schema.ts';

/** One connection per execution environment: the driver's pool has `max: 1`. */
const CONNECTIONS_EACH = 1;
/** A run of the probe may overlap the previous one for some seconds if the database is slow. Count. */
export const PROBE_CONCURRENCY = 2;
/** The nightly maintenance overlaps with that minute's run of large operations. Count. */
export const MAINTENANCE_CONCURRENCY = 2;
/** Migrations and the smoke run are one at a time. Count. */
export const LONE_CONCURRENCY = 1;
/** A large fault causes a handful of pages at once. Lambda queues further ones for a moment. Count. */
export const PAGER_CONCURRENCY = 5;
/** The console has few readers, and browsers cache its files. Count. */
export const CONSOLE_CONCURRENCY = 5;
/** Neon's pooler has fixed numbers: its clients, and the share of max_connections that it opens. */
const NEON_MAX_CLIENTS = 10_000;
const NEON_POOL_SHARE = 0.9;
/** Connections of max_connections that Neon keeps for itself. Count. */
const NEON_RESERVED = 7;

/** Reserved concurrency of each function that connects, by entry name. */
export function reservedConcurrency(settings: Settings): Record<string, number> {
  return {
    ingest: settings.ingest.concurrency,
    delete: settings.deletion.concurrency,
    restore: settings.restoration.concurrency,
    read: settings.reads.concurrency,
    'reference-data': settings.referenceData.concurrency,
    health: settings.health.concurrency,
    'probe-health': PROBE_CONCURRENCY,
    'maintain-partitions': MAINTENANCE_CONCURRENCY,
    'smoke-run': LONE_CONCURRENCY,
  };
}

/**
 * A function waits for a connection for less time than the pooler allows, because API Gateway ends requests at 30 s.
 * Seconds.
 */
const MOST_ACQUIRE_SECONDS = 10;

/** The longest time that a function waits for a connection. Seconds. */
export const functionAcquireSeconds = ({ pooler }: Settings): number =>
  Math.min(pooler.acquireTimeoutSeconds, MOST_ACQUIRE_SECONDS);

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** The numbers of the capacity proof for a configuration. */
export function capacityFactsOf(settings: Settings): CapacityFacts {
  const functions = reservedConcurrency(settings);
  return {
    functions,
    connectionsEach: CONNECTIONS_EACH,
    ...databaseFacts(settings, sum(Object.values(functions)) * CONNECTIONS_EACH),
    accountConcurrency: settings.deployment.accountConcurrency,
    // the migration, the pager and the console count for the account, but not for the pooler, which they bypass
    reservedConcurrency:
      sum(Object.values(functions)) +
      LONE_CONCURRENCY +
      PAGER_CONCURRENCY +
      (settings.console.enabled ? CONSOLE_CONCURRENCY : 0),
  };
}

function databaseFacts(settings: Settings, clients: number): Pick<CapacityFacts, 'pooler' | 'database'> {
  const { database, pooler } = settings;
  const poolTotal = pooler.baseConnections + pooler.overflowConnections;
  if (database.kind === 'neon') {
    const maxConnections = Math.min(4000, Math.max(100, Math.floor(database.computeUnits * 419.66)));
    const serverConnections = Math.floor(maxConnections * NEON_POOL_SHARE);
    return {
      pooler: { name: "Neon's pooler", maxClients: NEON_MAX_CLIENTS, serverConnections },
      database: { maxConnections, reservedConnections: NEON_RESERVED },
    };
  }
  const reservedConnections = database.directConnections;
  if (database.kind === 'postgres') {
    return {
      pooler: { name: 'PgBouncer', maxClients: database.maxClients, serverConnections: poolTotal },
      database: { maxConnections: database.maxConnections, reservedConnections },
    };
  }
  if (database.backend === 'data-api') {
    // a call holds a server connection while it runs, and nothing queues in front of it
    const maxConnections = clients + reservedConnections;
    return {
      pooler: { name: 'the Data API', maxClients: clients, serverConnections: clients },
      database: { maxConnections, reservedConnections },
    };
  }
  return {
    pooler: { name: 'RDS Proxy', maxClients: database.maxClients, serverConnections: poolTotal },
    database: {
      maxConnections: exactPool(poolTotal, reservedConnections).maxConnections,
      reservedConnections,
    },
  };
}

/** Aurora's highest default. Serverless v2 instances do not cope well with more. Count. */
const MOST_CONNECTIONS = 5000;

/**
 * RDS Proxy takes its pool as a whole percentage of max_connections. So max_connections is the smallest number that
 * leaves room for the reserved connections and of which the pool is exactly a whole percentage. A pool of 70 with 30
 * reserved is 70 % of 100.
 * @throws Error if no max_connections fits
 */
export function exactPool(poolTotal: number, reserved: number): { maxConnections: number; percent: number } {
  for (let maxConnections = poolTotal + reserved; maxConnections <= MOST_CONNECTIONS; maxConnections++) {
    const percent = (100 * poolTotal) / maxConnections;
    if (Number.isInteger(percent)) return { maxConnections, percent };
  }
  throw new Error(
    `Capacity: no max_connections up to ${MOST_CONNECTIONS} leaves ${reserved} connections next to a pool that is a whole percentage of it and exactly pooler.baseConnections + pooler.overflowConnections = ${poolTotal}.`,
  );
}

/**
 * The effective settings, for `GET /v1/config` and its validation. Addresses are masked, and derived values are added:
 * the backend, the values that functions use if they differ from a setting (`inForce`), and the capacity. Secrets
 * appear by name only, never by value.
 */
export function effectiveConfigOf(settings: Settings): EffectiveConfig & { backend: DatabaseBackend } {
  const masked = (recipients: Settings['alerts']['warning']) => ({
    ...(recipients.owner === undefined ? {} : { owner: recipients.owner }),
    email: recipients.email.map(() => MASK),
    pagerDuty: recipients.pagerDuty.map(() => MASK),
    https: recipients.https.map(() => MASK),
    httpsPages: recipients.httpsPages.map(() => MASK),
    slack: recipients.slack.map(() => MASK),
    sms: recipients.sms.map(() => MASK),
  });
  const { alerts } = settings;
  return {
    ...settings,
    backend: backendOf(settings.database),
    alerts: { ...alerts, warning: masked(alerts.warning), critical: masked(alerts.critical) },
    inForce: { acquireTimeoutSeconds: functionAcquireSeconds(settings) },
    capacity: capacityFactsOf(settings),
  };
}

/** Replaces a value that is not shown. The original used the same word. */
const MASK = '***REDACTED***';

/**
 * @throws Error with every sum that does not fit
 */
export function proveCapacity(settings: Settings): void {
  const errors = capacityErrors(capacityFactsOf(settings));
  if (errors.length > 0)
    throw new Error(`infra.config.ts needs more capacity than there is:\n${errors.map((e) => `  ${e}`).join('\n')}`);
}
