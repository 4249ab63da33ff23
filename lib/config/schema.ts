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
     * Begins every name in the account, and tells deployments apart in metrics. 2 to 24 of a-z, 0-9 and -: a role's name,
     * which ends with the region, has 64 characters.
     */
    name: z
      .string()
      .regex(/^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,23}$/, 'must be 2 to 24 small letters, digits and single hyphens')
      .default('tick-store'),
    /** Where it runs, such as eu-central-1; without it, where the deployer's credentials point. */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')
      .optional(),
    /**
     * The two zones that Aurora and the functions lie in, such as us-east-1b; without it, the account's first two. RDS Proxy
     * does not work in use1-az3 and usw1-az2, and which name that has differs from account to account.
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
 * `lib/constructs/poolers/rds-proxy.ts` for RDS Proxy. On Neon the pooler's own numbers are fixed.
 */
const pooler = z.strictObject({
  /** Server connections kept while there is work, per database and user. Count, 1 to 1000. */
  baseConnections: z.int().min(1).max(1000).default(20),
  /** Server connections opened on top of the base when clients wait. Count, 0 to 4000; base + overflow is the hard cap. */
  overflowConnections: z.int().min(0).max(4000).default(50),
  /** How long a client waits for a server connection before it is refused. Seconds, 1 to 300. */
  acquireTimeoutSeconds: z.int().min(1).max(300).default(30),
  /** A connection older than this is closed when it is next idle. Seconds, 60 to 86,400. */
  recycleSeconds: z.int().min(60).max(86_400).default(3600),
  /**
   * Check that a server connection that has idled is alive before it is handed to a client. For PgBouncer; RDS Proxy and
   * our driver always do.
   */
  checkBeforeUse: z.boolean().default(true),
});

/** CloudWatch's steps. Days. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];
const logDays = z.literal(LOG_DAYS, `must be one of ${LOG_DAYS.join(', ')}`);
/** How long what is kept. */
const retention = z
  .strictObject({
    /**
     * Whether the nightly maintenance archives partitions older than the two settings below: out of the tables and so out
     * of every read, whole, into the schema tick_store_archive, from where one statement brings them back. Nothing is ever
     * dropped. Off, because what a client has stored must not leave its sight without someone having said so; a back-fill
     * of old years would do so on the night after.
     */
    archivePartitions: z.boolean().default(false),
    /** Ticks that stay in sight. Months, 12 to 1200; 24 is the original's number. */
    tickMonths: z.int().min(12).max(1200).default(24),
    /** Alert logs that stay in sight. Quarters, 4 to 400; 8 is the original's number. */
    alertLogQuarters: z.int().min(4).max(400).default(8),
    /** Logs of functions, of the proxy's and of refused network flows. Days. */
    logDays: logDays.default(30),
    /** The API's access log: who called what. Days. */
    accessLogDays: logDays.default(90),
  })
  .prefault({});

const deployment = z
  .strictObject({
    /** How a new version takes traffic: all at once, or a tenth of it first. */
    traffic: z
      .enum([
        'all-at-once',
        'canary-10-percent-5-minutes',
        'canary-10-percent-15-minutes',
        'linear-10-percent-1-minute',
      ])
      .default('canary-10-percent-5-minutes'),
    /** Whether a function's own error and throttle alarms turn its new version back. */
    rollbackOnAlarm: z.boolean().default(true),
    /** Executions at once that the account grants in the region; new accounts have fewer. Count, 10 to 100,000. */
    accountConcurrency: z.int().min(10).max(100_000).default(1000),
  })
  .prefault({});

/** The web page of `npm start`, on a deployment. */
const webConsole = z
  .strictObject({
    /**
     * Whether the API also serves the console's static files, at `/` and `/docs`, to callers that it authorises. Off: nobody
     * asks for a page of a deployment before somebody has decided who may see it.
     */
    enabled: z.boolean().default(false),
  })
  .prefault({});

/** What `infra.config.ts` may say. Unknown settings are errors. */
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
 * @throws Error with one line for each wrong setting; an unknown one with the nearest that exists.
 */
export function readConfig(config: InfraConfig): Settings {
  const result = infraConfig.safeParse(config);
  if (result.success) return result.data;
  throw new Error(`infra.config.ts is not valid:\n${explainIssues(result.error.issues, infraConfig)}`);
}
