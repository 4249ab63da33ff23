import { withClient } from '../support/postgres.ts';
import type { TestService } from '../support/service.ts';
import type { HistoryModel } from './store-model.ts';

/** How long keys and receipts are kept. Days. */
const KEEP_DAYS = 90;

/**
 * Ends the retention of a key, and of the receipt of its batch. Retention goes by PostgreSQL's clock, so the rows are
 * aged instead, in a session without the triggers that refuse to rewrite history.
 */
export async function expireKey(service: TestService, model: HistoryModel, key: string): Promise<void> {
  if (!model.keys.has(key)) return;
  await withClient(service.database.superuserUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'");
    for (const [table, column] of [
      ['idempotency_keys', 'key'],
      ['ingest_batches', 'idempotency_key'],
    ])
      await client.query(
        `update tick_store.${table} set created_at = created_at - make_interval(days => ${KEEP_DAYS + 1}) where ${column} = $1`,
        [key],
      );
  });
  await service.sql('select tick_store.remove_expired($1)', [KEEP_DAYS]);
  model.expire(key);
}
