import * as z from 'zod';
import { alerts } from './alerts.ts';
import { api } from './api.ts';
import { database } from './database-backend.ts';
import { explainIssues } from './explain.ts';
import { deletion, health, ingest, maintenance, probe, reads, referenceData, restoration } from './functions.ts';
import { allThresholds } from './thresholds.ts';

const service = z
  .strictObject({
    /**
     * Begins every name in the account, and distinguishes deployments in metrics. 2 to 24 of a-z, 0-9 and -, because a
     * role's name, which ends with the region, has at most 64 characters.
     */
    name: z
      .string()
      .regex(/^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,23}$/, 'must be 2 to 24 lower-case letters, digits and single hyphens')
      .default('tick-store'),
    /** Where it runs, such as eu-central-1. Without it, the region of the deployer's credentials. */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')
      .optional(),
    /**
     * The two zones of Aurora and the functions, such as us-east-1b. Without it, the account's first two. RDS Proxy does not
     * work in use1-az3 and usw1-az2, whose names differ from account to account.
     */
    availabilityZones: z
      .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'must be a zone, such as us-east-1b'))
      .length(2)
      .refine(([first, second]) => first !== second, 'must be two zones')
      .optional(),
  })
  .prefault({});

/**
 * The connection pooler between the functions and Postgres. The numbers are the original's SQLAlchemy pool (20 base, 50
 * overflow, 30 s, 1 h, pre-ping); `lib/local-cloud/servers/pgbouncer-config.ts` translates them for PgBouncer,
 * `lib/constructs/database/rds-proxy.ts` for RDS Proxy. On Neon the pooler's own numbers are fixed.
 */
const pooler = z.strictObject({
  /** Server connections kept while there is work, per database and user. Count, 1 to 1000. */
  baseConnections: z.int().min(1).max(1000).default(20),
  /** Server connections opened on top of the base when clients wait. Count, 0 to 4000; base + overflow is the hard cap. */
  overflowConnections: z.int().min(0).max(4000).default(50),
  /** How long a client waits for a server connection before it is refused. Seconds, 1 to 300. Functions wait 10 s at most. */
  acquireTimeoutSeconds: z.int().min(1).max(300).default(30),
  /** A connection older than this is closed the next time it is idle. Seconds, 60 to 86,400. */
  recycleSeconds: z.int().min(60).max(86_400).default(3600),
  /**
   * Whether to check that an idle server connection is alive before a client gets it. For PgBouncer. RDS Proxy and our
   * driver always do.
   */
  checkBeforeUse: z.boolean().default(true),
});

/** CloudWatch's steps. Days. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];
const logDays = z.literal(LOG_DAYS, `must be one of ${LOG_DAYS.join(', ')}`);
/** How long data and logs are kept. */
const retention = z
  .strictObject({
    /**
     * Whether the nightly maintenance archives partitions older than the two settings below. It moves them whole out of the
     * tables, and so out of every read, into the schema tick_store_archive. One statement brings them back, and nothing is
     * ever dropped. Off by default, because stored rows must not disappear from reads unless someone has decided so. With
     * it on, a back-fill of old years is archived the next night.
     */
    archivePartitions: z.boolean().default(false),
    /** Ticks that reads can see. Months, 12 to 1200. 24 is the original's number. */
    tickMonths: z.int().min(12).max(1200).default(24),
    /** Alert logs that reads can see. Quarters, 4 to 400. 8 is the original's number. */
    alertLogQuarters: z.int().min(4).max(400).default(8),
    /** Logs of functions, of the proxy and of refused network flows. Days. */
    logDays: logDays.default(30),
    /** The API's access log: who called what. Days. */
    accessLogDays: logDays.default(90),
  })
  .prefault({});

const deployment = z
  .strictObject({
    /** How a new version takes traffic: all at once, or one tenth of it first. */
    traffic: z
      .enum([
        'all-at-once',
        'canary-10-percent-5-minutes',
        'canary-10-percent-15-minutes',
        'linear-10-percent-1-minute',
      ])
      .default('canary-10-percent-5-minutes'),
    /** Whether a new version that fails requests is rolled back. */
    rollbackOnAlarm: z.boolean().default(true),
    /** Executions at once that the account has in the region. New accounts have fewer. Count, 10 to 100,000. */
    accountConcurrency: z.int().min(10).max(100_000).default(1000),
  })
  .prefault({});

/** The web page of `npm start`, on a deployment. */
const webConsole = z
  .strictObject({
    /**
     * Whether the API also serves the console's static files, at `/` and `/docs`, to callers that it authorises. Off until
     * somebody has decided who may see it.
     */
    enabled: z.boolean().default(false),
  })
  .prefault({});

/** All settings of `infra.config.ts`. Unknown settings are errors. */
export const infraConfig = z.strictObject({
  service,
  database,
  pooler: pooler.prefault({}),
  api,
  ingest,
  deletion,
  restoration,
  reads,
  referenceData,
  health,
  probe,
  maintenance,
  retention,
  thresholds: allThresholds.prefault({}),
  alerts,
  deployment,
  console: webConsole,
});

/** What a deployer writes: every setting is optional and has a default. */
export type InfraConfig = z.input<typeof infraConfig>;
/** What the code reads: every setting present and in range. */
export type Settings = z.output<typeof infraConfig>;

/**
 * Checks a configuration and fills in the defaults.
 * @throws Error with one line for each wrong setting. An unknown one comes with the nearest that exists.
 */
export function readConfig(config: InfraConfig): Settings {
  const result = infraConfig.safeParse(config);
  if (result.success) return result.data;
  throw new Error(`infra.config.ts is not valid:\n${explainIssues(result.error.issues, infraConfig)}`);
}
