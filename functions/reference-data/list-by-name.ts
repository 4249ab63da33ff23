import { decodeNameCursor, encodeCursor, type Page, pageOf } from '../contract/page.ts';
import type { CallOptions, Database, Row, Statement } from '../database/database.ts';
import type { NamedPage } from './sql/instruments.ts';

/** The query parameters of a list by name. */
export interface NamedListQuery {
  readonly search?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * A page of named rows, in the order of their names.
 * @throws Problem invalid_request for a cursor that is not valid
 */
export async function listByName<R extends Row, T>(
  database: Database,
  query: NamedListQuery,
  {
    statement,
    toItem,
    nameOf,
  }: { statement: (page: NamedPage) => Statement; toItem: (row: R) => T; nameOf: (item: T) => string },
  options: CallOptions,
): Promise<Page<T>> {
  const { search = null, limit, cursor } = query;
  const after = cursor === undefined ? null : decodeNameCursor(cursor);
  const rows = (await database.run<R>(statement({ search, after, limit: limit + 1 }), options)).map(toItem);
  return pageOf(rows, limit, (item) => encodeCursor(nameOf(item)));
}
