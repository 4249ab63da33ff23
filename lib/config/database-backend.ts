import * as z from 'zod';
import { dailyWindow, overlap, weeklyWindow } from './aws-windows.ts';
import { acu, capacityChange } from './capacity-schedule.ts';

const secretName = z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'must be the name of a secret in Secrets Manager');

/** Versions of Aurora PostgreSQL from 16 on when this release was made. Others are valid, and synth warns of them. */
export const KNOWN_ENGINE_VERSIONS: readonly string[] = [
  ...['16.1', '16.2', '16.3', '16.4', '16.6', '16.8', '16.9', '16.10', '16.11', '16.13', '16.14', '16.15'],
  ...['17.4', '17.5', '17.6', '17.7', '17.9', '17.10', '17.11', '18.3', '18.4', '18.6'],
];

/** The first minor version of a major one that has the Data API. */
const FIRST_WITH_DATA_API: Readonly<Record<string, number>> = { 16: 1, 17: 4 };

function hasDataApi(engineVersion: string): boolean {
  const [major = '', minor = ''] = engineVersion.split('.');
  return Number(minor) >= (FIRST_WITH_DATA_API[major] ?? 0);
}

/** Aurora Serverless v2 for PostgreSQL, which the stack creates. */
const aurora = z
  .strictObject({
    kind: z.literal('aurora'),
    /** How functions reach it: `proxy` is RDS Proxy in a VPC, `data-api` is the Data API, with no VPC for functions. */
    backend: z.enum(['proxy', 'data-api']).default('proxy'),
    /**
     * Engine version, such as 17.9. Only this setting raises it, and it cannot be lowered. A change within 17 or 18 is
     * an in-place upgrade, with about a minute of downtime. Synth warns of a version that this release does not know.
     * `aws rds describe-db-engine-versions --engine aurora-postgresql` lists those of a region.
     */
    engineVersion: z
      .string()
      .regex(/^1[6-9]\.\d{1,2}$/, 'must be a version of Aurora PostgreSQL from 16 on, such as 17.9')
      .default('17.9'),
    /** Minimum capacity. ACU, 0 to 256 in steps of 0.5. With 0 the cluster may pause, but never behind RDS Proxy. */
    minAcu: acu.default(1),
    /** Maximum capacity. ACU, 1 to 256 in steps of 0.5. */
    maxAcu: acu.min(1).default(16),
    /** Idle time after which the cluster pauses, if minAcu is 0. Minutes, 5 to 1440. */
    autoPauseMinutes: z.int().min(5).max(1440).default(10),
    /**
     * Scheduled changes of the minimum capacity, such as a higher one from 15 minutes before a market opens until it
     * closes. Each is in effect until the next.
     */
    capacitySchedule: z.array(capacityChange).max(20).default([]),
    /** Readers in other availability zones. With one, a failover takes well under a minute. Count, 0 to 15. */
    readers: z.int().min(0).max(15).default(1),
    /** Connections reserved for migrations, psql and the superuser, in addition to the pool's. Count, 10 to 1000. */
    directConnections: z.int().min(10).max(1000).default(30),
    /** Clients of RDS Proxy at once. AWS documents no limit, so this is our budget. Count, 10 to 10,000. */
    maxClients: z.int().min(10).max(10_000).default(1000),
    /** How long automatic backups are kept, for restores to any second. Days, 1 to 35. */
    backupDays: z.int().min(1).max(35).default(14),
    /** Daily time of the automatic backup. UTC, as hh:mm-hh:mm, half an hour or longer, outside the maintenance window. */
    backupWindow: dailyWindow.default('00:30-01:30'),
    /** Weekly time in which AWS may restart the cluster and its instances. UTC, as ddd:hh:mm-ddd:hh:mm. */
    maintenanceWindow: weeklyWindow.default('sun:03:00-sun:04:00'),
    /** Whether CloudFormation and the console refuse to delete the cluster, and the stack with it. */
    deletionProtection: z.boolean().default(true),
    /**
     * The snapshot from which the cluster is created: its name or its ARN. Keep the setting afterwards, because without
     * it CloudFormation would replace the cluster with an empty one. docs/deploy.md describes the procedure.
     */
    snapshotIdentifier: z.string().min(1).max(255).optional(),
    /** CloudWatch Database Insights: `standard` keeps 7 days without charge, `advanced` keeps 465 days at a price per ACU. */
    insights: z.enum(['standard', 'advanced']).default('standard'),
  })
  .refine((database) => database.minAcu <= database.maxAcu, 'minAcu must not be over maxAcu')
  .refine(
    ({ capacitySchedule, maxAcu }) => capacitySchedule.every(({ minAcu }) => minAcu <= maxAcu),
    'minAcu in capacitySchedule must not be over maxAcu',
  )
  .refine(
    ({ backupWindow, maintenanceWindow }) => !overlap(backupWindow, maintenanceWindow),
    'backupWindow and maintenanceWindow must not overlap',
  )
  .refine(
    ({ backend, engineVersion }) => backend !== 'data-api' || hasDataApi(engineVersion),
    'the Data API requires engineVersion 16.1, 17.4 or newer of them',
  );

/** Neon. Functions need no VPC. */
const neon = z.strictObject({
  kind: z.literal('neon'),
  /** Secret with `{"pooledUrl": …, "directUrl": …}`: the host with `-pooler`, as tick_store_app; the one without, as owner. */
  secretName: secretName.default('tick-store/database'),
  /** The compute's largest size. CU, 0.25 to 56. It decides max_connections. */
  computeUnits: z.number().min(0.25).max(56).default(1),
});

/** Your own Postgres, 15 or newer, behind your own PgBouncer in transaction mode, which Lambda can reach over TLS. */
const postgres = z.strictObject({
  kind: z.literal('postgres'),
  /** Secret with `{"pooledUrl": …, "directUrl": …}`: PgBouncer as tick_store_app; Postgres itself as the owner. */
  secretName: secretName.default('tick-store/database'),
  /** The server's max_connections. Count, 20 to 10,000. */
  maxConnections: z.int().min(20).max(10_000).default(100),
  /** Connections reserved for clients other than PgBouncer. Count, 3 to 1000. */
  directConnections: z.int().min(3).max(1000).default(30),
  /** PgBouncer's max_client_conn. Count, 10 to 100,000. */
  maxClients: z.int().min(10).max(100_000).default(1000),
});

export const database = z.discriminatedUnion('kind', [aurora, neon, postgres]).prefault({ kind: 'aurora' });

export type DatabaseSettings = z.output<typeof database>;
export type AuroraSettings = Extract<DatabaseSettings, { kind: 'aurora' }>;

/** The database backends: how functions reach Postgres. */
export const DATABASE_BACKENDS = ['proxy', 'data-api', 'neon', 'postgres'] as const;
export type DatabaseBackend = (typeof DATABASE_BACKENDS)[number];

export const backendOf = (settings: DatabaseSettings): DatabaseBackend =>
  settings.kind === 'aurora' ? settings.backend : settings.kind;

/** The context value that names another backend than the one in `infra.config.ts`: `npm start -- --database` sets it. */
export const DATABASE_CONTEXT = 'tick-store:database';

/**
 * The configuration with its `database` replaced by a backend's default, to try a backend without editing a file.
 * @throws Error if there is no such backend
 */
export function withBackend<C extends { database?: unknown }>(config: C, backend: string | undefined) {
  if (backend === undefined) return config;
  const found = DATABASE_BACKENDS.find((name) => name === backend);
  if (found === undefined) throw new Error(`There is no backend ${backend}: ${DATABASE_BACKENDS.join(', ')}`);
  const database =
    found === 'neon' || found === 'postgres' ? { kind: found } : { kind: 'aurora' as const, backend: found };
  return { ...config, database };
}
