import { barLengthOf } from '../contract/batches.ts';
import type { IngestQuery } from '../contract/ingest-query.ts';
import type { BatchTable, KeyedRows } from './batch-table.ts';
import type { RecordColumns } from './record-columns.ts';

/** What identifies the rows of a batch: a tick's sequence, the position in a packet, or the time of a bar. */
export type RowKey = 'sequence' | 'packet' | 'bar';

/** Returns what identifies the rows of a batch, or undefined if the table's rows have no key. */
export function rowKeyOf(table: BatchTable, query: IngestQuery): RowKey | undefined {
  if (query.bars !== undefined && table.bars) return 'bar';
  if (query.sequenceOf === 'packet' && table.packets) return 'packet';
  return table.sequenced ? 'sequence' : undefined;
}

/** The numbers of the rows that may already be stored, with their SQL. Undefined if there are none. */
export function keyedRowsOf(
  table: BatchTable,
  columns: RecordColumns,
  key: RowKey | undefined,
  query: IngestQuery,
): { readonly sql: KeyedRows; readonly rows: Int32Array } | undefined {
  if (key === 'bar' && table.bars) return { sql: table.bars(barLengthOf(query.bars)), rows: everyRow(columns) };
  const sql = key === 'packet' ? table.packets : table.sequenced;
  const rows = sequencedRows(columns);
  if (sql === undefined || rows.length === 0) return undefined;
  // occurrences in packets are numbered over the whole batch
  return { sql, rows: key === 'packet' ? everyRow(columns) : rows };
}

const everyRow = ({ length }: RecordColumns): Int32Array => Int32Array.from({ length }, (_, row) => row);

/** Rows that have a sequence. */
function sequencedRows(columns: RecordColumns): Int32Array {
  const sequence = columns.column('sequence');
  if (sequence === undefined) return new Int32Array(0);
  const rows = new Int32Array(columns.length);
  let count = 0;
  for (let row = 0; row < columns.length; row++) if (!Number.isNaN(sequence.values[row] as number)) rows[count++] = row;
  return rows.subarray(0, count);
}
