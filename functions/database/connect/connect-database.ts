import type { Environment } from '../../runtime/environment.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Database, ObservedCall } from '../database.ts';
import type { PostgresOptions } from '../drivers/postgres/postgres-pool.ts';

/** Overrides for the connection that the environment describes. */
export interface ConnectOptions {
  /** Called at the end of every call to the database. */
  readonly onCall?: (call: ObservedCall) => void;
  /** Replaces ACQUIRE_TIMEOUT_MS. */
  readonly acquireTimeoutMs?: number;
  /** Whether each call must report how long it waited for a server, for the health probe. Not every backend can. */
  readonly reportWaits?: boolean;
  /** Replaces the URL of the environment, to connect directly and not through the pooler. */
  readonly url?: string;
}

type Address = Pick<PostgresOptions, 'url' | 'password' | 'onPasswordRefused'>;

/**
 * The database of an execution environment. It connects when first used, over the backend that the environment names.
 *
 * The stack's bundler replaces `process.env.DATABASE_DRIVER` and `process.env.DATABASE_CREDENTIALS` with constants, so
 * a bundle contains only the driver and the login method of its backend (`lib/constructs/functions/bundle.ts`).
 * @throws Error if this bundle does not contain the backend's driver
 */
export async function connectDatabase(
  environment: Environment,
  logger: Logger,
  options: ConnectOptions = {},
): Promise<Database> {
  if ((process.env.DATABASE_DRIVER ?? 'pg') === 'pg') {
    const { PostgresDatabase } = await import('../drivers/postgres/postgres-database.ts');
    return new PostgresDatabase(await wireOptions(environment, logger, options));
  }
  if (process.env.DATABASE_DRIVER === 'neon') {
    const { NeonDatabase } = await import('../drivers/neon/neon-database.ts');
    return new NeonDatabase({
      ...(await wireOptions(environment, logger, options)),
      endpoint: environment.NEON_ENDPOINT,
      ...(options.reportWaits ? { socketFromBytes: 0 } : {}),
    });
  }
  if (process.env.DATABASE_DRIVER === 'data-api') {
    const { DataApiDatabase } = await import('../drivers/data-api/data-api-database.ts');
    return new DataApiDatabase({
      resourceArn: environment.DATABASE_CLUSTER_ARN ?? '',
      secretArn: environment.DATABASE_SECRET_ARN ?? '',
      database: environment.DATABASE_NAME,
      acquireTimeoutMs: options.acquireTimeoutMs ?? environment.ACQUIRE_TIMEOUT_MS,
      queryTimeoutMs: environment.QUERY_TIMEOUT_MS,
      onCall: options.onCall,
    });
  }
  throw new Error(`No driver "${environment.DATABASE_DRIVER}" in this release: docs/deploy.md lists the backends.`);
}

/** The options of every driver that logs in with a URL. */
async function wireOptions(
  environment: Environment,
  logger: Logger,
  options: ConnectOptions,
): Promise<PostgresOptions> {
  return {
    ...(options.url === undefined ? await addressOf(environment) : { url: options.url }),
    applicationName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'tick-store',
    acquireTimeoutMs: options.acquireTimeoutMs ?? environment.ACQUIRE_TIMEOUT_MS,
    queryTimeoutMs: environment.QUERY_TIMEOUT_MS,
    recycleSeconds: environment.RECYCLE_SECONDS,
    onIdleError: (error) => logger.warn('an idle connection ended', { reason: error.message }),
    onCall: options.onCall,
    copy: environment.COPY,
    pipelining: environment.PIPELINING,
    onRefused: (feature, error) =>
      logger.warn(`the pooler refuses ${feature}; plain statements are used from now on`, {
        code: error.fields.code,
        reason: error.message,
      }),
  };
}

async function addressOf(environment: Environment): Promise<Address> {
  if (process.env.DATABASE_CREDENTIALS === 'iam') return iamAddress(environment);
  if (process.env.DATABASE_CREDENTIALS === 'secret') return secretAddress(environment);
  return { url: environment.DATABASE_URL ?? '' };
}

/** The address of RDS Proxy. The name in its certificate is verified, and the password is a token of this function's own role. */
async function iamAddress(environment: Environment): Promise<Address> {
  const { iamPasswords } = await import('./iam-password.ts');
  const { DATABASE_HOST: host = '', DATABASE_PORT: port, DATABASE_NAME: name, DATABASE_USER: user } = environment;
  return {
    url: `postgres://${user}@${host}:${port}/${name}?sslmode=verify-full`,
    password: iamPasswords({ host, port, user }),
  };
}

/** A pooler's URL from Secrets Manager. The secret is read again when its time to live has passed or its password was refused. */
async function secretAddress({ DATABASE_SECRET_ARN: id = '' }: Environment): Promise<Address> {
  const { cachedSecret } = await import('./cached-secret.ts');
  const { readConnectionUrls } = await import('./secret-shapes.ts');
  const secret = cachedSecret(id);
  const pooledUrl = async () => readConnectionUrls(await secret.read(), id).pooledUrl;
  return {
    url: await pooledUrl(),
    password: async () => decodeURIComponent(new URL(await pooledUrl()).password),
    onPasswordRefused: () => secret.forget(),
  };
}
