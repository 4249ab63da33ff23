import pg from 'pg';
import type { ActiveFault } from './faults.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects and begins a transaction. Then it repeats `statement` in it, so that no idle limit ends it. Lifting the
 * fault rolls back and disconnects.
 * @param statement takes a few seconds at most, because lifting waits for it
 * @throws Error if it cannot connect or begin the transaction
 */
export async function busyTransaction(url: string, statement: string): Promise<ActiveFault> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // a server that dies fails the loop's query; the error event that comes with it must not end the process
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  let wanted = true;
  const repeat = async () => {
    while (wanted) await client.query(statement);
  };
  const repeating = repeat().catch(() => undefined);
  return {
    lift: async () => {
      wanted = false;
      await repeating;
      await client.query('rollback').catch(() => undefined);
      await client.end();
    },
  };
}
