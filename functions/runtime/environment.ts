import * as z from 'zod/mini';
import { checkValue, listErrors } from '../contract/check-value.ts';

const digits = (what: string) => z.string().check(z.regex(/^\d+$/, `must be ${what}`));
const integer = (what: string, fallback: number, min: number, max: number) =>
  z.pipe(
    z.pipe(z._default(digits(what), String(fallback)), z.transform(Number)),
    z.int().check(z.minimum(min), z.maximum(max)),
  );
const milliseconds = (fallback: number, min: number, max: number) =>
  integer('a whole number of milliseconds', fallback, min, max);

/**
 * What a function reads from its environment. Timeouts nest: lock (5 s) < statement (20 s), both settings of the role in
 * `migrations/0001_roles.sql` < query < what Lambda leaves of the function's timeout < API Gateway's 30 s.
 */
export const environmentVariables = z.object({
  /** The database driver. The stack's bundles contain this one only. */
  DATABASE_DRIVER: z._default(z.enum(['pg', 'neon', 'data-api']), 'pg'),
  /** How a function logs in: `url` by DATABASE_URL, `iam` as DATABASE_USER, `secret` by DATABASE_SECRET_ARN. */
  DATABASE_CREDENTIALS: z._default(z.enum(['url', 'iam', 'secret']), 'url'),
  /** The pooler's URL, locally and in tests. */
  DATABASE_URL: z.optional(z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })),
  /** RDS Proxy's endpoint. */
  DATABASE_HOST: z.optional(z.string().check(z.minLength(1))),
  DATABASE_PORT: integer('a port', 5432, 1, 65_535),
  DATABASE_NAME: z._default(z.string().check(z.minLength(1)), 'tick_store'),
  DATABASE_USER: z._default(z.string().check(z.minLength(1)), 'tick_store_app'),
  /** The secret with `pooledUrl`; on the Data API backend the login of DATABASE_USER. */
  DATABASE_SECRET_ARN: z.optional(z.string().check(z.minLength(1))),
  /** The cluster behind the Data API. */
  DATABASE_CLUSTER_ARN: z.optional(z.string().check(z.minLength(1))),
  /**
   * Where Neon's HTTP and WebSocket are, such as `http://127.0.0.1:4444`, locally and in tests. Unset, as in a deployment:
   * at the host of the database's URL.
   */
  NEON_ENDPOINT: z.optional(z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })),
  /** Longest wait for a connection and for the pooler to assign a server. After it the caller gets a 503. */
  ACQUIRE_TIMEOUT_MS: milliseconds(10_000, 100, 25_000),
  /** Longest run of one call to the database. */
  QUERY_TIMEOUT_MS: milliseconds(22_000, 21_000, 28_000),
  /** Whether rows go in by COPY: `auto`, until the pooler refuses that; `off`, by plain statements. For `pg`. */
  COPY: z._default(z.enum(['auto', 'off']), 'auto'),
  /** Whether statements are sent without waiting for each response: `auto`, until the pooler refuses that. For `pg`. */
  PIPELINING: z._default(z.enum(['auto', 'off']), 'auto'),
  /** A connection older than this is replaced. Seconds. */
  RECYCLE_SECONDS: z.pipe(z._default(z.string().check(z.regex(/^\d+$/)), '3600'), z.transform(Number)),
  /** The actor of a caller without an identity. Unset, as in a deployment with authorization: such a caller is rejected. */
  ANONYMOUS_ACTOR: z.optional(z.string().check(z.minLength(1))),
  /** Requests per second that the API takes from all callers together, for `RateLimit-Policy`. Unset: nobody limits them. */
  REQUESTS_PER_SECOND: z.optional(
    z.pipe(z.pipe(digits('a number of requests'), z.transform(Number)), z.int().check(z.minimum(1))),
  ),
  /** The file that `GET /v1/config` shows; unset, `config.json` next to the bundle, where the stack puts it. */
  CONFIG_FILE: z.optional(z.string().check(z.minLength(1))),
  /** The file that `GET /v1/openapi.json` returns; unset, `openapi.json` next to the bundle. */
  OPENAPI_FILE: z.optional(z.string().check(z.minLength(1))),
  /** The dimension Service of all metrics, and `service` in the log. */
  SERVICE_NAME: z._default(z.string().check(z.minLength(1), z.maxLength(255)), 'tick-store'),
  /** The entry's short name, the dimension Function. Unset: Lambda's own name of it. */
  FUNCTION_NAME: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  /** JSON of `contract/thresholds.ts`. Omitted thresholds have their defaults. */
  THRESHOLDS: z.optional(z.string()),
  /** Time between two samples of the health probe. */
  PROBE_INTERVAL_SECONDS: integer('a whole number of seconds', 30, 1, 300),
  /** The pool as the pooler is configured: steady, and at its largest. */
  POOL_BASE_CONNECTIONS: integer('a number of connections', 20, 1, 5000),
  POOL_MAX_CONNECTIONS: integer('a number of connections', 70, 1, 5000),
  /** PgBouncer's admin console, if there is one: `postgres://stats@host:6432/pgbouncer`. */
  POOLER_ADMIN_URL: z.optional(z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })),
  /** The database's own address. The probe uses it when the pooler fails, to find the cause. */
  DIRECT_DATABASE_URL: z.optional(z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })),
  /** Whether the probe reads CloudWatch for what SQL cannot show: processor, memory, disk, the functions' percentiles. */
  READ_CLOUDWATCH: z._default(z.enum(['true', 'false']), 'false'),
  /** Whether the database may pause itself. Then the probe reads CloudWatch first, and does not wake the database. */
  DATABASE_MAY_SLEEP: z._default(z.enum(['true', 'false']), 'false'),
  /** The database's memory at its largest, in MB: the base of the freeable share. */
  DATABASE_MEMORY_MB: integer('a number of megabytes', 0, 0, 100_000_000),
  /** Maintenance archives partitions older than this. Months and quarters; unset, it archives none. */
  KEEP_TICK_MONTHS: z.optional(
    z.pipe(z.pipe(digits('a number of months'), z.transform(Number)), z.int().check(z.minimum(12), z.maximum(1200))),
  ),
  KEEP_ALERT_LOG_QUARTERS: z.optional(
    z.pipe(z.pipe(digits('a number of quarters'), z.transform(Number)), z.int().check(z.minimum(4), z.maximum(400))),
  ),
  /** How long idempotency keys and the texts of receipts are kept. Days. */
  KEEP_KEY_DAYS: integer('a number of days', 90, 1, 3650),
  /** The Aurora cluster's identifier in CloudWatch. */
  DATABASE_CLUSTER_ID: z.optional(z.string().check(z.minLength(1))),
});

/** The variables that each driver and each kind of credentials need. */
function neededVariables({ DATABASE_DRIVER, DATABASE_CREDENTIALS }: z.output<typeof environmentVariables>) {
  if (DATABASE_DRIVER === 'data-api') return ['DATABASE_CLUSTER_ARN', 'DATABASE_SECRET_ARN'] as const;
  return ({ url: ['DATABASE_URL'], iam: ['DATABASE_HOST'], secret: ['DATABASE_SECRET_ARN'] } as const)[
    DATABASE_CREDENTIALS
  ];
}

/** `environmentVariables`, with those that the driver and the credentials need. */
export const environmentSchema = environmentVariables.check(
  z.superRefine((environment, context) => {
    for (const name of neededVariables(environment)) {
      if (environment[name] !== undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: 'is missing' });
    }
  }),
);

/** See `environmentSchema`. */
export type Environment = z.output<typeof environmentSchema>;

/**
 * Reads and checks the environment.
 * @throws Error naming each wrong variable, never its value
 */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const checked = checkValue(environmentSchema, variables);
  if ('value' in checked) return checked.value;
  throw new Error(`The function's environment is not valid: ${listErrors(checked.errors)}`);
}
