import type { Environment } from '../runtime/environment.ts';
import type { Platform } from './readings.ts';

/** The platform's monitoring, if the environment says to read it. Its client is loaded only then. */
export async function connectPlatform(environment: Environment): Promise<Platform | null> {
  const { READ_CLOUDWATCH, DATABASE_MAY_SLEEP, DATABASE_CLUSTER_ID: cluster } = environment;
  if (cluster === undefined || (READ_CLOUDWATCH !== 'true' && DATABASE_MAY_SLEEP !== 'true')) return null;
  const { CloudWatchPlatform } = await import('./read-cloudwatch.ts');
  return new CloudWatchPlatform({
    cluster,
    service: environment.SERVICE_NAME,
    memoryMb: environment.DATABASE_MEMORY_MB,
  });
}
