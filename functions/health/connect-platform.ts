import type { Environment } from '../runtime/environment.ts';
import type { Platform } from './readings.ts';

/**
 * The platform's monitoring, if the environment enables it. Only the Data API backend uses it, because functions in a network
 * cannot reach CloudWatch. So only that driver's bundles contain the client of 330 kB, which is loaded when needed.
 */
export async function connectPlatform(environment: Environment): Promise<Platform | null> {
  const { READ_CLOUDWATCH, DATABASE_MAY_SLEEP, DATABASE_CLUSTER_ID: cluster } = environment;
  if (cluster === undefined || (READ_CLOUDWATCH !== 'true' && DATABASE_MAY_SLEEP !== 'true')) return null;
  // a constant in the stack's bundles
  if (process.env.DATABASE_DRIVER === 'data-api') {
    const { CloudWatchPlatform } = await import('./read-cloudwatch.ts');
    return new CloudWatchPlatform({
      cluster,
      service: environment.SERVICE_NAME,
      memoryMb: environment.DATABASE_MEMORY_MB,
    });
  }
  return null;
}
