import type { Operation } from '../contract/operations.ts';
import { decodeIdCursor, encodeCursor, type Page } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { type FoundOperation, findOperation, type ListedOperation, listOperations } from './sql/find-operations.ts';
import type { OperationTable } from './sql/operation-table.ts';

/**
 * Reads one operation. `receipt` is what it first returned, or its progress.
 * @throws Problem operation_not_found
 */
export async function operationById(
  database: Database,
  table: OperationTable,
  id: number,
  options: CallOptions,
): Promise<FoundOperation> {
  const [row] = await database.run<FoundOperation>(findOperation(table, id), options);
  if (row === undefined) throw new Problem('operation_not_found', 'no operation on these records has this id');
  return row;
}

/**
 * Operations, newest first.
 * @throws Problem invalid_request for a cursor that is not valid
 */
export async function listOperationPage(
  database: Database,
  table: OperationTable,
  query: { readonly search?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
  options: CallOptions,
): Promise<Page<Operation>> {
  const before = query.cursor === undefined ? null : decodeIdCursor(query.cursor);
  const rows = await database.run<ListedOperation>(
    listOperations(table, query.search ?? null, before, query.limit),
    options,
  );
  return {
    rows: rows.map((row) => JSON.parse(row.receipt) as Operation),
    hasMore: rows.at(-1)?.more ?? false,
    cursorOf: (operation) => encodeCursor(operation.operationId ?? 0),
  };
}
