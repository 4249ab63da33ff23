import * as z from 'zod';
import { alerts } from './alerts.ts';
import { api } from './api.ts';
import { database } from './database-backend.ts';
import { explainIssues } from './explain.ts';
import { deletion, health, ingest, maintenance, probe, reads, referenceData, restoration } from './functions.ts';
import { retention } from './retention.ts';
import { encryption, network, service } from './service.ts';
import { allThresholds } from './thresholds.ts';

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
  /**
   * Whether batches are stored by COPY. `auto`: by COPY, until the pooler refuses it, and by plain statements from then
   * on. `off`: by plain statements, which take half as long again. Only `pg` has COPY.
   */
  copy: z.enum(['auto', 'off']).default('auto'),
  /**
   * Whether the statements of a transaction are sent without waiting for each response. `auto`: yes, until the pooler
   * refuses it, and one by one from then on. `off`: one by one, a round trip per statement. Only `pg` has pipelining.
   */
  pipelining: z.enum(['auto', 'off']).default('auto'),
});

/** How a deployment proceeds. */
const deployment = z
  .strictObject({
    /** How traffic shifts to a new version: all at once, or one tenth first. */
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
     * Whether the API also serves the console's static files, at `/` and `/docs`, to authorised callers. Off by
     * default, until somebody has decided who may see it.
     */
    enabled: z.boolean().default(false),
  })
  .prefault({});

/** All settings of `infra.config.ts`. Unknown settings are errors. */
export const infraConfig = z
  .strictObject({
    service,
    network,
    encryption,
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
    thresholds: z.prefault(allThresholds, {}),
    alerts,
    deployment,
    console: webConsole,
  })
  .superRefine(({ database, network, encryption }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (database.kind !== 'aurora' && network.vpc !== undefined)
      refuse(['network', 'vpc'], "is only for database.kind 'aurora': functions of other backends are in no network");
    if (database.kind === 'aurora' && database.snapshotIdentifier !== undefined && encryption.key === 'stack')
      refuse(['encryption', 'key'], "cannot be 'stack' with database.snapshotIdentifier: name the key of the snapshot");
  });

/** What a deployer writes: every setting is optional and has a default. */
export type InfraConfig = z.input<typeof infraConfig>;
/** What the code reads: every setting present and in range. */
export type Settings = z.output<typeof infraConfig>;

/**
 * Checks a configuration and fills in the defaults.
 * @param source what the error names: the file, with the stage if there is one
 * @throws Error with one line for each wrong setting. An unknown one comes with the nearest that exists.
 */
export function readConfig(config: InfraConfig, source = 'infra.config.ts'): Settings {
  const result = infraConfig.safeParse(config);
  if (result.success) return result.data;
  throw new Error(`${source} is not valid:\n${explainIssues(result.error.issues, infraConfig)}`);
}
