import type { Logger } from '../runtime/logger.ts';
import type { Platform } from './readings.ts';

/** The longest wait for the platform's response. Milliseconds. */
export const ASLEEP_MS = 1000;

/** Whether the database is paused. If that is not known, it is queried: a silent probe would hide an outage. */
export async function isAsleep(platform: Platform | null, maySleep: boolean, logger: Logger): Promise<boolean> {
  if (!platform || !maySleep) return false;
  try {
    return await platform.isSuspended(ASLEEP_MS);
  } catch (error) {
    logger.warn('not known whether the database is paused', {
      reason: error instanceof Error ? error.name : typeof error,
    });
    return false;
  }
}
