import { readThresholds } from '../contract/thresholds.ts';
import { connectDatabase } from '../database/connect/connect-database.ts';
import { emitterOf } from '../metrics/invocation-metrics.ts';
import { writeLine } from '../runtime/logger.ts';
import type { Services } from '../services.ts';
import { connectPlatform } from './connect-platform.ts';
import { poolerView } from './read-pooler.ts';
import { LIMITS, type ProbeServices } from './take-sample.ts';

/**
 * What the probe needs beyond what every function has.
 * @throws Error where the environment's thresholds are not valid
 */
export async function createProbeServices(services: Services): Promise<ProbeServices> {
  const { environment, logger, database, recorder } = services;
  const { DIRECT_DATABASE_URL: directUrl } = environment;
  return {
    database,
    recorder,
    direct:
      directUrl === undefined
        ? null
        : await connectDatabase(environment, logger, { url: directUrl, acquireTimeoutMs: LIMITS.direct }),
    pooler: consoleOf(services),
    platform: await connectPlatform(environment),
    maySleep: environment.DATABASE_MAY_SLEEP === 'true',
    thresholds: readThresholds(environment.THRESHOLDS),
    poolSize: { base: environment.POOL_BASE_CONNECTIONS, max: environment.POOL_MAX_CONNECTIONS },
    emitter: emitterOf(environment),
    logger,
    write: writeLine,
  };
}

/** PgBouncer's console, which calls our database as our own URL does. */
function consoleOf({ environment, database }: Services): ProbeServices['pooler'] {
  const { POOLER_ADMIN_URL: url, DATABASE_URL, DATABASE_NAME } = environment;
  const name = DATABASE_URL === undefined ? DATABASE_NAME : new URL(DATABASE_URL).pathname.slice(1);
  if (!database.capabilities.poolerView) return null;
  // a constant in the stack's bundles, so that one for another driver does not hold this one's client
  if (url !== undefined && (process.env.DATABASE_DRIVER ?? 'pg') === 'pg') {
    return async (timeoutMs) => {
      const { readConsole } = await import('../database/drivers/postgres/pgbouncer-console.ts');
      return poolerView(await readConsole(url, timeoutMs), name);
    };
  }
  return null;
}
