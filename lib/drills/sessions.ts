import pg from 'pg';

/** A connection that does the same again and again until it is ended. */
export interface BusySession {
  /** Rolls back and disconnects. */
  end(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects and begins a transaction; then repeats `statement` in it, so that no limit on idleness ends it.
 * @param statement takes a few seconds at most, for the end waits for it
 * @throws Error where there is no connection, or the transaction cannot begin
 */
export async function busyTransaction(url: string, statement: string): Promise<BusySession> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // a server that dies ends the loop by failing its query; the event beside it must not end the process
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  let wanted = true;
  const repeat = async () => {
    while (wanted) await client.query(statement);
  };
  const repeating = repeat().catch(() => undefined);
  return {
    end: async () => {
      wanted = false;
      await repeating;
      await client.query('rollback').catch(() => undefined);
      await client.end();
    },
  };
}
