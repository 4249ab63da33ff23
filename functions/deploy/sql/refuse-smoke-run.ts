import type { Statement } from '../../database/database.ts';
import type { BatchOf } from '../../ledger/sql/batch-ledger.ts';

/**
 * Reads the rows that this transaction has stored with the key, and ends the transaction with an error that reports them.
 * So a smoke run leaves nothing behind, and needs no permission to delete. The error's message is
 * `smoke run read COUNT rows, SUM in all`.
 */
export const refuseSmokeRun = (batch: BatchOf): Statement => ({
  name: 'refuse-smoke-run',
  text: `
select tick_store.refuse(format('smoke run read %s rows, %s in all', count(m.id), coalesce(sum(m.price), 0)), '{}'::json)
  from tick_store.idempotency_keys k
  join tick_store.market_data m on m.id >= k.number * 65536 and m.id < k.number * 65536 + 65536
 where k.scope = $1::text and k.key = $2::text and k.xmin = pg_current_xact_id()::xid`,
  values: [batch.keyScope, batch.idempotencyKey],
});
