import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { findBatch } from '../ledger/sql/batch-ledger.ts';

/**
 * Reads a batch's receipt as JSON text, exactly as it was first returned.
 * @throws Problem batch_not_found
 */
export async function findReceiptText(
  database: Database,
  table: 'market_data' | 'alert_logs',
  batchId: number,
  options: CallOptions,
): Promise<string> {
  const [row] = await database.run<{ receipt: string }>(findBatch(table, batchId), options);
  if (row === undefined) throw new Problem('batch_not_found', 'no batch of these records has this id');
  return row.receipt;
}
