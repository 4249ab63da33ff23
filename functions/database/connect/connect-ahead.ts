import { describeError } from '../../runtime/describe-error.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type CallOptions, type Database, DEADLINE_MARGIN_MS } from '../database.ts';

/**
 * How long an initialisation waits for its connection, and for what it then asks. Milliseconds. Lambda gives all of it 10 s, and
 * requests wait meanwhile.
 */
const LONGEST_WAIT_MS = 1_500;

/**
 * Connects while the function initialises, where the backend keeps a connection, so that the first request does not have to.
 * Never fails and never takes longer than `LONGEST_WAIT_MS`: where the database cannot be reached, the first request tries
 * again, and reports what it finds. docs/decisions/0075-connect-while-initialising.md has what it saves.
 * @param use what to ask over the new connection at once
 */
export async function connectAhead(
  { database, logger }: { readonly database: Database; readonly logger: Logger },
  use: (options: CallOptions) => Promise<unknown> = async () => undefined,
): Promise<void> {
  if (database.connectAhead === undefined) return;
  const options = { deadline: Date.now() + LONGEST_WAIT_MS + DEADLINE_MARGIN_MS, idempotent: true };
  try {
    await database.connectAhead(options);
    await use(options);
  } catch (error) {
    logger.warn('not connected while initialising; the first request tries again', { error: describeError(error) });
  }
}
