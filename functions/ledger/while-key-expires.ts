import { DatabaseError } from '../database/errors.ts';

/**
 * Runs a transaction that takes a key, or finds what is stored under it; once more where it found neither. Then the key was
 * taken when the transaction came to it, and its retention removed it before the response was read. Such a transaction has
 * changed nothing.
 * @param attempt what the transaction found under its key
 * @throws DatabaseError `conflict` where that happens twice
 */
export async function whileKeyExpires<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const found = (await attempt()) ?? (await attempt());
  if (found !== undefined) return found;
  throw new DatabaseError('conflict', 'the key expired twice while it was read', { rolledBack: true });
}
