import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from './database.ts';
import { ARCHIVED, DatabaseError } from './errors.ts';

/** Tries in all; the pauses between them are 50 ms and 200 ms, each with up to as much again at random. */
const PAUSES_MS = [50, 200];

/**
 * Runs `attempt` again after an error that another try can mend: a conflict, which rolled everything back, always; a lost
 * connection only where nothing was committed for certain, or where the call is idempotent. An exhausted pool is not
 * tried again: that would make it worse, and the client is told when to come back.
 * @throws the last attempt's error
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: CallOptions): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!mendable(error, options)) throw error;
      const waitMs = pauseMs * (1 + Math.random());
      if (Date.now() + waitMs >= options.deadline) throw error;
      await sleep(waitMs);
    }
  }
  return attempt();
}

function mendable(error: unknown, options: CallOptions): boolean {
  if (!(error instanceof DatabaseError)) return false;
  // 55P03: the lock timeout has already waited as long as a caller should; ARCHIVED: the partition must be asked for first
  if (error.kind === 'conflict') return error.fields.code !== '55P03' && error.fields.code !== ARCHIVED;
  return error.kind === 'unavailable' && (error.fields.rolledBack || options.idempotent);
}
