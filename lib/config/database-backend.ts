import * as z from 'zod';

/** ACUs come in halves. An ACU is about 2 GiB of memory with the processor and network to match. */
const acu = z.number().min(0).max(256).multipleOf(0.5);

const secretName = z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'must be the name of a secret in Secrets Manager');

/** Aurora Serverless v2 for PostgreSQL, which the stack creates. */
const aurora = z
  .strictObject({
    kind: z.literal('aurora'),
    /** How functions reach it: `proxy` is RDS Proxy in a VPC, `data-api` is the Data API, with no VPC for functions. */
    backend: z.enum(['proxy', 'data-api']).default('proxy'),
    /**
     * Engine version; nothing else raises it, and lowering it is not possible. Within 17 or 18 a change is an upgrade in place, a
     * minute without the database. The Data API wants 17.4 or newer of 17.
     */
    engineVersion: z.enum(['17.4', '17.5', '17.6', '17.7', '17.9', '18.3', '18.4', '18.6']).default('17.9'),
    /** Least capacity. ACU, 0 to 256 by halves. 0 lets it sleep, but never behind RDS Proxy. */
    minAcu: acu.default(1),
    /** Most capacity. ACU, 1 to 256 by halves. */
    maxAcu: acu.min(1).default(16),
    /** Idle time after which it sleeps, if minAcu is 0. Minutes, 5 to 1440. */
    autoPauseMinutes: z.int().min(5).max(1440).default(10),
    /** Readers in other availability zones. With one, a failover takes well under a minute. Count, 0 to 15. */
    readers: z.int().min(0).max(15).default(1),
    /** Connections kept for migrations, psql and the superuser, in addition to the pool's. Count, 10 to 1000. */
    directConnections: z.int().min(10).max(1000).default(30),
    /** Clients of RDS Proxy at once. AWS documents no limit, so this is our budget. Count, 10 to 10,000. */
    maxClients: z.int().min(10).max(10_000).default(1000),
    /** How long automatic backups are kept, for restores to any second. Days, 1 to 35. */
    backupDays: z.int().min(1).max(35).default(14),
    /** Daily time of the automatic backup. UTC, as hh:mm-hh:mm, half an hour or longer, outside the maintenance window. */
    backupWindow: z
      .string()
      .regex(/^[0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d$/, 'must be as 00:30-01:30')
      .default('00:30-01:30'),
    /** Weekly time in which AWS may restart the cluster and its instances. UTC, as ddd:hh:mm-ddd:hh:mm. */
    maintenanceWindow: z
      .string()
      .regex(
        /^(mon|tue|wed|thu|fri|sat|sun):[0-2]\d:[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):[0-2]\d:[0-5]\d$/,
        'must be as sun:03:00-sun:04:00',
      )
      .default('sun:03:00-sun:04:00'),
    /** Whether CloudFormation and the console refuse to delete the cluster, and the stack with it. */
    deletionProtection: z.boolean().default(true),
    /** CloudWatch Database Insights: `standard` keeps 7 days without charge, `advanced` keeps 465 days at a price per ACU. */
    insights: z.enum(['standard', 'advanced']).default('standard'),
  })
  .refine((database) => database.minAcu <= database.maxAcu, 'minAcu must not be over maxAcu');

/** Neon. Functions need no VPC. */
const neon = z.strictObject({
  kind: z.literal('neon'),
  /** Secret with `{"pooledUrl": …, "directUrl": …}`: the host with `-pooler`, as tick_store_app; the one without, as owner. */
  secretName: secretName.default('tick-store/database'),
  /** The compute's largest size. CU, 0.25 to 56. It decides max_connections. */
  computeUnits: z.number().min(0.25).max(56).default(1),
});

/** Any Postgres from 15 on, behind a PgBouncer of your own in transaction mode, that Lambda can reach over TLS. */
const postgres = z.strictObject({
  kind: z.literal('postgres'),
  /** Secret with `{"pooledUrl": …, "directUrl": …}`: PgBouncer as tick_store_app; Postgres itself as the owner. */
  secretName: secretName.default('tick-store/database'),
  /** The server's max_connections. Count, 20 to 10,000. */
  maxConnections: z.int().min(20).max(10_000).default(100),
  /** Connections kept for others than PgBouncer. Count, 3 to 1000. */
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
