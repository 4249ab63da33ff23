import { DatabaseError } from '../database/errors.ts';

/**
 * Runs a transaction that takes a key or finds what is stored under it, and runs it once more if it did neither. In
 * that case the key was taken at first, and expired before its response was read. Such a transaction has changed
 * nothing.
 * @param attempt what the transaction found under its key
 * @throws DatabaseError `conflict` if that happens twice
 */
export async function whileKeyExpires<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const found = (await attempt()) ?? (await attempt());
  if (found !== undefined) return found;
  throw new DatabaseError('conflict', 'the key expired twice while it was read', { rolledBack: true });
}
