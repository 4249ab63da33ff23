import { array, type Parameter } from '../../database/database.ts';
import type { OperationTable, Selector } from './operation-table.ts';

/** What a selector comes to in SQL: further FROM items, and conditions on them and on the rows, `m`. */
export interface RowSelection {
  readonly from: string;
  readonly where: string;
  readonly values: Parameter[];
}

/**
 * The rows that a selector names, with its values numbered from `$first`. Ids and batches go through the ledger, whose
 * time bounds leave out all partitions but theirs; so do an operation's own.
 */
export function selectRows(table: OperationTable, selector: Selector, first: number): RowSelection {
  const at = (offset: number) => `$${first + offset}`;
  switch (selector.by) {
    case 'ids':
      return {
        from: `
         (select min(i.id) as first_id, max(i.id) as last_id, b.min_time, b.max_time
            from unnest(${at(0)}::int8[]) as i (id)
            join tick_store.ingest_batches b on b.block = i.id / 65536 and b.target = '${table}'
           group by b.block) wanted`,
        where: `
         m.id >= wanted.first_id and m.id <= wanted.last_id and m."timestamp" between wanted.min_time and wanted.max_time
     and m.id = any(${at(0)}::int8[])
     and m."timestamp" between tick_store.earliest_of(${at(0)}::int8[]) and tick_store.latest_of(${at(0)}::int8[])`,
        values: [array('int8', selector.ids)],
      };
    case 'batch':
      return {
        from: `
         (select block * 65536 as first_id
            from tick_store.ingest_batches
           where block = ${at(0)}::int8 and target = '${table}') wanted`,
        where: `
         m.id >= wanted.first_id and m.id < wanted.first_id + 65536
     and m."timestamp" between tick_store.earliest_of(array[${at(0)}::int8 * 65536]) and tick_store.latest_of(array[${at(0)}::int8 * 65536])`,
        values: [selector.batchId],
      };
    case 'filter':
      return {
        from: `
         (select ${at(0)}::int4 as instrument_id) wanted`,
        where: `
         m.instrument_id = wanted.instrument_id and m."timestamp" >= ${at(1)}::timestamptz and m."timestamp" <= ${at(2)}::timestamptz${
           table === 'market_data' ? kindOfRow(selector.barLength, at(3)) : ''
         }`,
        values: [
          selector.instrumentId,
          selector.start,
          selector.end,
          ...(table === 'market_data' && selector.barLength > 0 ? [selector.barLength] : []),
        ],
      };
    case 'operation':
      return {
        from: `
         (select min(min_time) as min_time, max(max_time) as max_time
            from tick_store.operation_rows
           where operation_id = ${at(0)}::int8) wanted`,
        where: `
         m.deleted_by = ${at(0)}::int8 and m."timestamp" between wanted.min_time and wanted.max_time`,
        values: [selector.operationId],
      };
  }
}

/** Ticks, or bars of a length; in words of the partial indexes, so that the planner can use them. */
const kindOfRow = (barLength: number, placeholder: string): string =>
  barLength === 0 ? ' and m.bar_length = 0' : ` and m.bar_length = ${placeholder}::int2 and m.bar_length > 0`;

/** Which rows each kind of operation changes, and how. */
export const CHANGES = {
  deletion: { wanted: 'm.deleted_at is null', set: 'deleted_at = o.at, deleted_by = o.id' },
  restoration: { wanted: 'm.deleted_at is not null', set: 'deleted_at = null, deleted_by = null' },
} as const;
