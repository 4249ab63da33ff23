import { withClient } from './postgres.ts';

/** The columns that retention depends on: the times of keys, batches and operations. */
const TIMES = [
  ['idempotency_keys', 'created_at'],
  ['ingest_batches', 'created_at'],
  ['operations', 'at'],
] as const;

/**
 * Makes every key, batch and operation older, because retention uses PostgreSQL's clock, which tests cannot change.
 * @param superuserUrl the superuser's, because triggers keep even the owner from changing history
 * @param interval a PostgreSQL interval, such as `8 days`
 */
export const ageRows = (superuserUrl: string, interval: string): Promise<void> =>
  withClient(superuserUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'");
    for (const [table, column] of TIMES)
      await client.query(`update tick_store.${table} set ${column} = ${column} - $1::interval`, [interval]);
  });
