import type { Environment } from '../runtime/environment.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Database } from './database.ts';
import { PgDatabase } from './drivers/pg.ts';

/** The database of an execution environment: connects when first used, over the route that the environment names. */
export function connectDatabase(environment: Environment, logger: Logger): Database {
  return new PgDatabase({
    url: environment.DATABASE_URL,
    applicationName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'tick-store',
    acquireTimeoutMs: environment.ACQUIRE_TIMEOUT_MS,
    queryTimeoutMs: environment.QUERY_TIMEOUT_MS,
    recycleSeconds: environment.RECYCLE_SECONDS,
    onIdleError: (error) => logger.warn('an idle connection ended', { reason: error.message }),
  });
}
