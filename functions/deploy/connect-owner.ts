import * as z from 'zod/mini';
import { checkValue, listErrors } from '../contract/check-value.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ApplicationLogin } from './migrate-on-deploy.ts';

/**
 * What the migration function reads from its environment: the database's own address, and its owner's login. Migrations
 * do not run through a pooler: they hold session-level locks for a long time, and a proxy would pin.
 */
export const ownerEnvironmentSchema = z
  .object({
    DATABASE_DRIVER: z._default(z.enum(['pg', 'data-api']), 'pg'),
    /** The cluster's own endpoint, with OWNER_SECRET_ARN; the application then logs in by IAM. */
    DATABASE_HOST: z.optional(z.string().check(z.minLength(1))),
    DATABASE_PORT: z.pipe(z._default(z.string().check(z.regex(/^\d{1,5}$/)), '5432'), z.transform(Number)),
    DATABASE_NAME: z._default(z.string().check(z.minLength(1)), 'tick_store'),
    /** The owner's login, kept and rotated by RDS: `{username, password}`. */
    OWNER_SECRET_ARN: z.optional(z.string().check(z.minLength(1))),
    /** The secret with `pooledUrl` and `directUrl`; on the Data API backend the application's login. */
    DATABASE_SECRET_ARN: z.optional(z.string().check(z.minLength(1))),
    DATABASE_CLUSTER_ARN: z.optional(z.string().check(z.minLength(1))),
  })
  .check(
    z.refine(
      (environment) =>
        environment.DATABASE_DRIVER === 'data-api'
          ? environment.DATABASE_CLUSTER_ARN !== undefined &&
            environment.OWNER_SECRET_ARN !== undefined &&
            environment.DATABASE_SECRET_ARN !== undefined
          : environment.DATABASE_SECRET_ARN !== undefined ||
            (environment.DATABASE_HOST !== undefined && environment.OWNER_SECRET_ARN !== undefined),
      'needs DATABASE_SECRET_ARN, or OWNER_SECRET_ARN with DATABASE_HOST; on the Data API backend both and DATABASE_CLUSTER_ARN',
    ),
  );

/** See `ownerEnvironmentSchema`. */
export type OwnerEnvironment = z.output<typeof ownerEnvironmentSchema>;

/** @throws Error that names each invalid variable, never its value */
export function readOwnerEnvironment(variables: NodeJS.ProcessEnv = process.env): OwnerEnvironment {
  const checked = checkValue(ownerEnvironmentSchema, variables);
  if ('value' in checked) return checked.value;
  throw new Error(`The function's environment is not valid: ${listErrors(checked.errors)}`);
}

/** The owner’s connection, and what it prepares. */
export interface OwnerConnection {
  readonly database: Database;
  /** How the application logs in once the schema is migrated. */
  readonly login: ApplicationLogin;
}

/** How long a migration waits for a connection, and how long one of its statements may then run. */
const LIMITS = { acquireTimeoutMs: 25_000, queryTimeoutMs: 14 * 60_000 };

/**
 * The port as the schema's owner, directly.
 * @throws Error if a secret is not valid, or if this bundle does not contain the backend's driver
 */
export async function connectOwner(environment: OwnerEnvironment, logger: Logger): Promise<OwnerConnection> {
  // constants in the stack's bundles: the branch not taken is not in them
  if (process.env.DATABASE_DRIVER === 'data-api') {
    const { DataApiDatabase } = await import('../database/drivers/data-api/data-api-database.ts');
    const database = new DataApiDatabase({
      resourceArn: environment.DATABASE_CLUSTER_ARN ?? '',
      secretArn: environment.OWNER_SECRET_ARN ?? '',
      database: environment.DATABASE_NAME,
      ...LIMITS,
      // an index on a large table takes longer than the 45 s that the service waits
      outlastTimeout: true,
    });
    return { database, login: await applicationLogin(environment) };
  }
  if ((process.env.DATABASE_DRIVER ?? 'pg') === 'pg') {
    const { url, login } = await ownerAddress(environment);
    const { PostgresDatabase } = await import('../database/drivers/postgres/postgres-database.ts');
    const database = new PostgresDatabase({
      url,
      // as a function, because a password in a URL would have to be escaped, and TLS would have to be strict
      password: async () => decodeURIComponent(new URL(url).password),
      applicationName: 'tick-store-migrate',
      ...LIMITS,
      recycleSeconds: 3600,
      onIdleError: (error) => logger.warn('an idle connection ended', { reason: error.message }),
    });
    return { database, login };
  }
  throw new Error(`No driver "${environment.DATABASE_DRIVER}" in this release: docs/deploy.md lists the backends.`);
}

/** On the Data API backend the application has its own secret. The migration sets the role's password to it. */
async function applicationLogin({ DATABASE_SECRET_ARN: id = '' }: OwnerEnvironment): Promise<ApplicationLogin> {
  const { cachedSecret } = await import('../database/connect/cached-secret.ts');
  const { readLogin } = await import('../database/connect/secret-shapes.ts');
  const { username, password } = readLogin(await cachedSecret(id).read(), id);
  if (username !== 'tick_store_app') throw new Error(`The secret ${id}: username must be tick_store_app.`);
  return { kind: 'password', password };
}

async function ownerAddress(environment: OwnerEnvironment): Promise<{ url: string; login: ApplicationLogin }> {
  const { cachedSecret } = await import('../database/connect/cached-secret.ts');
  const { readConnectionUrls, readLogin } = await import('../database/connect/secret-shapes.ts');
  const { DATABASE_HOST: host, DATABASE_PORT: port, DATABASE_NAME: name, OWNER_SECRET_ARN: ownerSecret } = environment;
  if (host !== undefined && ownerSecret !== undefined) {
    const { username, password } = readLogin(await cachedSecret(ownerSecret).read(), ownerSecret);
    const user = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
    return { url: `postgres://${user}@${host}:${port}/${name}?sslmode=verify-full`, login: { kind: 'iam' } };
  }
  const id = environment.DATABASE_SECRET_ARN ?? '';
  const { pooledUrl, directUrl } = readConnectionUrls(await cachedSecret(id).read(), id);
  const { username, password } = new URL(pooledUrl);
  if (decodeURIComponent(username) !== 'tick_store_app' || password === '') {
    throw new Error(`The secret ${id}: pooledUrl must log in as tick_store_app, with a password.`);
  }
  return { url: directUrl, login: { kind: 'password', password: decodeURIComponent(password) } };
}
