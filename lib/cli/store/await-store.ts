import { type Client, isRetryable, TickStoreUnreachable } from '../../client/index.ts';

/** After how long a note says that the first response takes time. Milliseconds. */
const PATIENCE_MS = 2_000;

/**
 * Asks a store whether it is there, before anything depends on it. A connection that fails is not tried again: the address
 * is more likely wrong, or nothing runs there, than that it comes back in a moment.
 * @throws TickStoreUnreachable; TickStoreProblem for a request that may not be made
 */
export async function awaitStore(client: Client, note: (line: string) => void): Promise<void> {
  const slow = setTimeout(() => note(`Waiting for a response of ${client.url}.`), PATIENCE_MS);
  try {
    await client.call('listInstruments', { query: { limit: 1 }, retry: { attempts: 1 } });
  } catch (error) {
    // a store that is busy or failing over is there: what comes next tries again
    if (error instanceof TickStoreUnreachable || !isRetryable(error)) throw error;
  } finally {
    clearTimeout(slow);
  }
}
