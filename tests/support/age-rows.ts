import { withClient } from './postgres.ts';

/** The columns that retention depends on: the times of keys, batches and operations. */
const TIMES = [
  ['idempotency_keys', 'created_at'],
  ['ingest_batches', 'created_at'],
  ['operations', 'at'],
] as const;

/**
 * Makes every key, batch and operation this much older, because retention uses PostgreSQL's clock, which tests do not
 * change.
 * @param superuserUrl of the database: the triggers that refuse a rewrite of history refuse it to the owner too
 * @param interval in PostgreSQL's words, such as `8 days`
 */
export const ageRows = (superuserUrl: string, interval: string): Promise<void> =>
  withClient(superuserUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'");
    for (const [table, column] of TIMES)
      await client.query(`update tick_store.${table} set ${column} = ${column} - $1::interval`, [interval]);
  });
