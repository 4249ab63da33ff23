import * as z from 'zod';

const milliseconds = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number of milliseconds')
    .default(String(fallback))
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/**
 * What a function reads from its environment. Timeouts nest: lock (5 s) < statement (20 s), both settings of the role in
 * `migrations/0001_roles.sql` < query < what Lambda leaves of the function's timeout < API Gateway's 30 s.
 */
export const environmentSchema = z.object({
  /** The pooler's URL. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }),
  /** Longest wait for a connection and for the pooler to hand out a server. Above it a caller gets 503 at once instead. */
  ACQUIRE_TIMEOUT_MS: milliseconds(10_000, 100, 25_000),
  /** Longest run of one call to the database. */
  QUERY_TIMEOUT_MS: milliseconds(22_000, 21_000, 28_000),
  /** A connection older than this is replaced. Seconds. */
  RECYCLE_SECONDS: z.string().regex(/^\d+$/).default('3600').transform(Number),
  /** The release's version, for the OpenAPI document. */
  RELEASE: z.string().min(1).default('0.0.0'),
  /** Who a caller without an identity is. Unset, as in a deployment with authorisation: nobody, and refused. */
  ANONYMOUS_ACTOR: z.string().min(1).optional(),
});

export type Environment = z.output<typeof environmentSchema>;

/**
 * Reads and checks the environment.
 * @throws Error naming each wrong variable, never its value
 */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const result = environmentSchema.safeParse(variables);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The function's environment is not valid: ${faults.join('; ')}`);
}
