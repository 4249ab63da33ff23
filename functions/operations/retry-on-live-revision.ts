import { DatabaseError } from '../database/errors.ts';

/** SQLSTATE unique_violation. Deletions and restorations can violate one unique index alone: that of live revisions. */
const UNIQUE_VIOLATION = '23505';

/** How often a transaction is tried. Each time another one has changed a revision of the same key meanwhile. */
const ATTEMPTS = 4;

/**
 * Runs a transaction again where another one brought a revision of a key to life between its look and its change: it then
 * finds that revision live. The failed attempt has changed nothing and taken no key.
 * @throws the last attempt's error
 */
export async function retryOnLiveRevision<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const lost = error instanceof DatabaseError && error.fields.code === UNIQUE_VIOLATION;
      if (!lost || tried === ATTEMPTS) throw error;
    }
  }
}
