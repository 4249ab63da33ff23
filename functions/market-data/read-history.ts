import type { Revision } from '../contract/history.ts';
import { decodeIdCursor, encodeCursor, type Page, pageOf } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { listRevisions, type RevisionRow } from './sql/select-history.ts';
import { type Precision, tickWriter } from './write-ticks.ts';

/** The query parameters of a row's history. */
export interface HistoryQuery {
  readonly precision: Precision;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The position before the first revision. */
const NO_REVISION = -1;

/**
 * The revisions of a row, oldest first, with the operations that changed each.
 * @param id of any of them, deleted or not
 * @throws Problem tick_not_found; invalid_request for a cursor that is not valid
 */
export async function listHistory(
  database: Database,
  id: number,
  { precision, limit, cursor }: HistoryQuery,
  options: CallOptions,
): Promise<Page<Revision>> {
  const after = cursor === undefined ? NO_REVISION : decodeIdCursor(cursor);
  const rows = await database.run<RevisionRow>(listRevisions(id, after, limit + 1), options);
  if (rows.length === 0 && cursor === undefined) throw new Problem('tick_not_found', 'no tick has this id');
  const write = tickWriter(precision);
  const revisions = rows.map((row) => ({ ...write(row), revision: row.revision, operations: row.operations }));
  return pageOf(revisions, limit, ({ revision }) => encodeCursor(revision));
}
