import { DatabaseError, isRefused } from '../database/errors.ts';
import { OVERTAKEN } from './sql/overtaken.ts';

/** SQLSTATE unique_violation, here of the index that allows one live revision per key. */
const UNIQUE_VIOLATION = '23505';

/** How often a transaction is tried. Of several conflicting transactions, at least one succeeds each time. */
const ATTEMPTS = 12;

/**
 * Runs a transaction, and again under a new number if one with a later number changed its rows first or made another
 * revision of a key live. A failed attempt has changed nothing and taken no key.
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

/** Whether another transaction came first. The index of live revisions is the only one that callers can violate. */
export const isOvertaken = (error: unknown): boolean =>
  isRefused(error, OVERTAKEN) || (error instanceof DatabaseError && error.fields.code === UNIQUE_VIOLATION);
