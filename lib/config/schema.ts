import * as z from 'zod';

/**
 * The connection pooler between the functions and Postgres. The numbers are the original's SQLAlchemy pool (20 base, 50
 * overflow, 30 s, 1 h, pre-ping); `lib/local/pgbouncer.ts` translates them for PgBouncer.
 */
const pooler = z.strictObject({
  /** Server connections kept while there is work, per database and user. Count. */
  baseConnections: z.int().min(1).max(1000).default(20),
  /** Server connections opened on top of the base when clients have to wait. Count; base + overflow is the hard cap. */
  overflowConnections: z.int().min(0).max(4000).default(50),
  /** How long a client waits for a server connection before it is refused. Seconds (RDS Proxy takes 0 to 300). */
  acquireTimeoutSeconds: z.int().min(1).max(300).default(30),
  /** A server connection older than this is closed when it is next idle. Seconds. */
  recycleSeconds: z.int().min(60).max(86_400).default(3600),
  /** Check that a server connection that has idled is alive before it is handed to a client. */
  checkBeforeUse: z.boolean().default(true),
});

/** What `infra.config.ts` may say. Unknown settings are errors. */
export const infraConfig = z.strictObject({ pooler: pooler.prefault({}) });

/** What a deployer writes: every setting is optional and has a default. */
export type InfraConfig = z.input<typeof infraConfig>;
/** What the code reads: every setting present and in range. */
export type Settings = z.output<typeof infraConfig>;

/**
 * Checks a configuration and fills in the defaults.
 * @throws Error with one line for each wrong setting.
 */
export function readConfig(config: InfraConfig): Settings {
  const result = infraConfig.safeParse(config);
  if (result.success) return result.data;
  throw new Error(`infra.config.ts is not valid:\n${z.prettifyError(result.error)}`);
}
