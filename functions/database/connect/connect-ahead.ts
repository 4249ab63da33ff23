import { describeError } from '../../runtime/describe-error.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type CallOptions, type Database, DEADLINE_MARGIN_MS } from '../database.ts';

/**
 * How long initialisation waits for its connection and its first queries. Lambda allows 10 s for the whole initialisation, and
 * requests wait meanwhile. Milliseconds.
 */
const MAX_WAIT_MS = 1_500;

/**
 * Connects while the function initialises, if the backend keeps a connection, so that the first request need not. It
 * never fails and never takes longer than `MAX_WAIT_MS`. If the database is unreachable, the first request tries
 * again and reports the error. docs/decisions/0075-connect-while-initialising.md says how much time this saves.
 * @param use runs the first queries on the new connection
 */
export async function connectAhead(
  { database, logger }: { readonly database: Database; readonly logger: Logger },
  use: (options: CallOptions) => Promise<unknown> = async () => undefined,
): Promise<void> {
  if (database.connectAhead === undefined) return;
  const options = { deadline: Date.now() + MAX_WAIT_MS + DEADLINE_MARGIN_MS, idempotent: true };
  try {
    await database.connectAhead(options);
    await use(options);
  } catch (error) {
    logger.warn('not connected while initialising; the first request tries again', { error: describeError(error) });
  }
}
