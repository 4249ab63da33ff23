import type { Row, Statement } from '../../database/database.ts';
import type { OperationTable } from '../table.ts';

export interface FoundOperation extends Row {
  readonly id: number;
  readonly kind: 'deletion' | 'restoration';
  readonly receipt: string;
}

export const findOperation = (table: OperationTable, id: number): Statement => ({
  name: 'find-operation',
  text: `
select id, kind, receipt
  from tick_store.operations
 where id = $1::int8 and target = $2::text`,
  values: [id, table],
});

/** Newest first; `before` is the last id of the page before. */
export const listOperations = (table: OperationTable, before: number | null, limit: number): Statement => ({
  name: 'list-operations',
  text: `
select id, kind, receipt
  from tick_store.operations
 where target = $1::text and id < coalesce($2::int8, 9223372036854775807)
 order by id desc
 limit $3::int4`,
  values: [table, before, limit],
});
