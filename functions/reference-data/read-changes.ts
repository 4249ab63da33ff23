import { decodeIdCursor, encodeCursor, type Page, pageOf } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import { CHANGE_TARGETS, type ChangeListQuery, type RecordedChange } from '../contract/reference-changes.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { type ChangeRow, findChange, listChanges } from './sql/list-changes.ts';

/**
 * Changes of instruments and alert rules, newest first.
 * @throws Problem invalid_request for a cursor that is not valid
 */
export async function listChangePage(
  database: Database,
  query: ChangeListQuery,
  options: CallOptions,
): Promise<Page<RecordedChange>> {
  const statement = listChanges({
    target: query.target === undefined ? null : CHANGE_TARGETS[query.target],
    subject: query.name ?? null,
    search: query.search ?? null,
    before: query.cursor === undefined ? null : decodeIdCursor(query.cursor),
    limit: query.limit + 1,
  });
  const rows = (await database.run<ChangeRow>(statement, options)).map(toChange);
  return pageOf(rows, query.limit, ({ operationId }) => encodeCursor(operationId));
}

/** @throws Problem operation_not_found */
export async function changeById(database: Database, id: number, options: CallOptions): Promise<RecordedChange> {
  const [row] = await database.run<ChangeRow>(findChange(id), options);
  if (row === undefined) throw new Problem('operation_not_found', 'no change of reference data has this id');
  return toChange(row);
}

const toChange = (row: ChangeRow): RecordedChange => ({
  operationId: row.id,
  kind: 'change',
  target: row.target === 'instruments' ? 'instruments' : 'alert-rules',
  name: row.subject,
  actor: row.actor,
  at: row.at,
  before: row.before === null ? null : (JSON.parse(row.before) as RecordedChange['before']),
  after: JSON.parse(row.after) as RecordedChange['after'],
});
