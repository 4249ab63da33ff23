import { DatabaseError, isRefused } from '../database/errors.ts';
import { OVERTAKEN } from './sql/overtaken.ts';

/** SQLSTATE unique_violation: of the index that holds at most one live revision per key. */
const UNIQUE_VIOLATION = '23505';

/** How often a transaction is tried. Of transactions that meet at once, one at least succeeds each time. */
const ATTEMPTS = 12;

/**
 * Runs a transaction again, under a new number, where one with a later number changed its rows first, or brought another
 * revision of a key to life. The failed attempt has changed nothing and taken no key.
 * @throws DatabaseError `conflict` if that happens each time
 */
export async function retryOvertaken<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      if (tried === ATTEMPTS)
        throw new DatabaseError('conflict', 'overtaken by other operations each time', { rolledBack: true }, error);
    }
  }
}

/** Whether another transaction came first; the index of live revisions is the only one that its callers can violate. */
export const isOvertaken = (error: unknown): boolean =>
  isRefused(error, OVERTAKEN) || (error instanceof DatabaseError && error.fields.code === UNIQUE_VIOLATION);
