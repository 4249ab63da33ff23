import type { BatchStatus, BatchSummary } from '../contract/batch-list.ts';
import { BAR_LENGTHS } from '../contract/batches.ts';
import { decodeIdCursor, encodeCursor, type Page, pageOf } from '../contract/page.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { type BatchRow, listBatches } from './sql/list-batches.ts';

/** The query parameters of a list of batches. */
export interface BatchListQuery {
  readonly actor?: string | undefined;
  readonly status?: BatchStatus | undefined;
  readonly search?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * Batches, newest first.
 * @throws Problem invalid_request for a cursor that is not valid
 */
export async function listBatchPage(
  database: Database,
  target: 'market_data' | 'alert_logs',
  query: BatchListQuery,
  options: CallOptions,
): Promise<Page<BatchSummary>> {
  const { actor = null, status = null, search = null, start = null, end = null, limit } = query;
  const before = query.cursor === undefined ? null : decodeIdCursor(query.cursor);
  const statement = listBatches({ target, actor, status, search, start, end, before, limit: limit + 1 });
  const rows = (await database.run<BatchRow>(statement, options)).map(toSummary);
  return pageOf(rows, limit, ({ batchId }) => encodeCursor(batchId));
}

function toSummary(row: BatchRow): BatchSummary {
  const { received, inserted, replaced, duplicates, conflicts, tombstoned, rejected } = row;
  return {
    batchId: row.block,
    status: row.status,
    at: row.created_at,
    actor: row.actor,
    idempotencyKey: row.idempotency_key,
    bars: BAR_LENGTHS[row.bar_length - 1] ?? null,
    ...{ received, inserted, replaced, duplicates, conflicts, tombstoned, rejected },
    earliest: row.min_time,
    latest: row.max_time,
  };
}
