import { readThresholds } from '../contract/thresholds.ts';
import { connectDatabase } from '../database/connect/connect-database.ts';
import { connectPoolerConsole } from '../database/connect/connect-pooler-console.ts';
import type { Database } from '../database/database.ts';
import type { CallRecorder } from '../metrics/call-recorder.ts';
import { readEmitter } from '../metrics/invocation-metrics.ts';
import type { Environment } from '../runtime/environment.ts';
import { type Logger, writeLine } from '../runtime/logger.ts';
import { connectPlatform } from './connect-platform.ts';
import { PendingSamples } from './pending-samples.ts';
import { poolerView } from './read-pooler.ts';
import { LIMITS, type ProbeServices } from './take-sample.ts';

/** What every function has and the probe needs as well. */
interface CommonServices {
  readonly environment: Environment;
  readonly logger: Logger;
  readonly database: Database;
  readonly recorder: CallRecorder;
}

/**
 * What the probe needs in addition to what every function has.
 * @throws Error if the environment's thresholds are not valid
 */
export async function createProbeServices(services: CommonServices): Promise<ProbeServices> {
  const { environment, logger, database, recorder } = services;
  const { DIRECT_DATABASE_URL: directUrl } = environment;
  const console = connectPoolerConsole(environment, database);
  return {
    database,
    recorder,
    direct:
      directUrl === undefined
        ? null
        : await connectDatabase(environment, logger, { url: directUrl, acquireTimeoutMs: LIMITS.direct }),
    pooler: console && (async (timeoutMs) => poolerView(await console.read(timeoutMs), console.databaseName)),
    platform: await connectPlatform(environment),
    maySleep: environment.DATABASE_MAY_SLEEP === 'true',
    pending: new PendingSamples(),
    thresholds: readThresholds(environment.THRESHOLDS),
    poolSize: { base: environment.POOL_BASE_CONNECTIONS, max: environment.POOL_MAX_CONNECTIONS },
    emitter: readEmitter(environment),
    logger,
    write: writeLine,
  };
}
