import { array, type Parameter } from '../../database/database.ts';
import type { ChangeVerb, OperationTable, Selector } from './operation-table.ts';
import { mayReturn, stepsThatRestored } from './revisions.ts';

/** What a selector comes to in SQL: further FROM items, and conditions on them and on the rows, `m`. */
export interface RowSelection {
  readonly from: string;
  readonly where: string;
  /** Whether a selected row is in the state that the change starts from. */
  readonly wanted: string;
  readonly values: Parameter[];
}

/**
 * The rows that a selector names, with its values numbered from `$first`. Ids and batches go through the ledger, whose
 * time bounds leave out all partitions but theirs; so do an operation's own.
 */
export function selectRows(change: ChangeVerb, table: OperationTable, selector: Selector, first: number): RowSelection {
  const at = (offset: number) => `$${first + offset}`;
  const { from, where, values, among, aside } = selectionOf(change, table, selector, at);
  if (change === 'delete') return { from, where, values, wanted: 'm.deleted_at is null' };
  const returns = table === 'market_data' ? ` and ${mayReturn(among, aside)}` : '';
  return { from, where, values, wanted: `m.deleted_at is not null${returns}` };
}

/** A selection with the SQL that `mayReturn` needs: `among` and `aside`. */
interface Selection extends Omit<RowSelection, 'wanted'> {
  readonly among: string;
  readonly aside: string;
}

/** Ranges of ids are looked up in this many groups of neighbours. One look-up per range would take seconds for 10,000 ranges. */
const ID_GROUPS = 16;

const NO_IDS = 'null::int8multirange';

function selectionOf(
  change: ChangeVerb,
  table: OperationTable,
  selector: Selector,
  at: (offset: number) => string,
): Selection {
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
     and ${isOneOf('m', at(0))}
     and m."timestamp" between tick_store.earliest_of(${at(0)}::int8[]) and tick_store.latest_of(${at(0)}::int8[])`,
        ...{ among: `${at(1)}::int8multirange`, aside: NO_IDS },
        values: [
          array('int8', selector.ids),
          ...(change === 'restore' && table === 'market_data' ? [selector.among] : []),
        ],
      };
    case 'range':
      return {
        from: `
         (select block * 65536 as first_id
            from tick_store.ingest_batches
           where block between ${at(0)}::int8 / 65536 and ${at(1)}::int8 / 65536 and target = '${table}') wanted`,
        where: `
         m.id >= ${at(0)}::int8 and m.id <= ${at(1)}::int8 and m.id >= wanted.first_id and m.id < wanted.first_id + 65536
     and m."timestamp" between tick_store.earliest_of(array[${at(0)}::int8, ${at(1)}::int8]) and tick_store.latest_of(array[${at(0)}::int8, ${at(1)}::int8])`,
        ...{ among: `${at(2)}::int8multirange`, aside: NO_IDS },
        values: [
          ...[selector.first, selector.last],
          ...(change === 'restore' && table === 'market_data' ? [selector.among] : []),
        ],
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
        among: `int8multirange(int8range(${at(0)}::int8 * 65536, (${at(0)}::int8 + 1) * 65536))`,
        aside: NO_IDS,
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
        ...{ among: NO_IDS, aside: NO_IDS },
        values: [
          selector.instrumentId,
          selector.start,
          selector.end,
          ...(table === 'market_data' && selector.barLength > 0 ? [selector.barLength] : []),
        ],
      };
    case 'operation':
      return change === 'delete' ? madeLive(selector.operationId, at) : deletedBy(selector.operationId, at);
  }
}

/**
 * Whether a row's id is one of an array's. Not in words of the BRIN index: it would be searched once per id, and rows be
 * compared with all ids one by one. This is one hash look-up per row of the range: 10,000 scattered ids take 0.3 s instead
 * of 0.9.
 */
export const isOneOf = (row: string, ids: string): string => `${row}.id + 0 = any(${ids}::int8[])`;

/** The rows that an operation deleted and that are still deleted by it. */
const deletedBy = (operationId: number, at: (offset: number) => string): Selection => ({
  from: `
         (select min(min_time) as min_time, max(max_time) as max_time
            from tick_store.operation_rows
           where operation_id = ${at(0)}::int8) wanted`,
  where: `
         m.deleted_by = ${at(0)}::int8 and m."timestamp" between wanted.min_time and wanted.max_time`,
  among: "'{}'::int8multirange",
  aside: `(select range_agg(affected) from (${stepsThatRestored(at(0))}) live)`,
  values: [operationId],
});

/** The rows that an operation made live. */
const madeLive = (operationId: number, at: (offset: number) => string): Selection => ({
  from: `
         (select min(lower(ids)) as first_id, max(upper(ids)) as end_id, range_agg(ids) as ids, min(min_time) as min_time, max(max_time) as max_time
            from (select ids, min_time, max_time, ntile(${ID_GROUPS}) over (order by ids) as part
                    from (${stepsThatRestored(at(0))}) live
                   cross join unnest(live.affected) ids) parts
           group by part) wanted`,
  where: `
         m.id >= wanted.first_id and m.id < wanted.end_id and wanted.ids @> m.id and m."timestamp" between wanted.min_time and wanted.max_time`,
  ...{ among: NO_IDS, aside: NO_IDS },
  values: [operationId],
});

/** Ticks, or bars of a length; the text must match the partial indexes, so that the planner can use them. */
const kindOfRow = (barLength: number, placeholder: string): string =>
  barLength === 0 ? ' and m.bar_length = 0' : ` and m.bar_length = ${placeholder}::int2 and m.bar_length > 0`;
