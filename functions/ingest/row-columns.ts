import { array } from '../database/database.ts';
import type { RowColumns } from './batch-table.ts';
import type { RecordColumns } from './record-columns.ts';

/** The rows in the order in which they are inserted, `size` at a time. */
export function* rowsInSteps(
  columns: RecordColumns,
  order: Int32Array | undefined,
  size: number,
): Generator<RowColumns> {
  for (let from = 0; from < columns.length; from += size) {
    const to = Math.min(columns.length, from + size);
    yield order ? pickRows(columns, order.subarray(from, to)) : rowColumns(columns, from, to);
  }
}

/** Rows in the form for COPY: the id, computed from the input index, then the other columns. */
export function rowsWithIds({ indexes, timestamps, instruments, fields }: RowColumns, firstId: number) {
  const { values } = indexes;
  // `Float64Array.from` takes ten times the time
  const ids = new Float64Array(values.length);
  for (let row = 0; row < ids.length; row++) ids[row] = firstId + (values[row] as number);
  return [array('int8', ids), timestamps, instruments, ...fields];
}

/** The rows from `from` up to, but not including, `to`. */
export function rowColumns(columns: RecordColumns, from: number, to: number): RowColumns {
  const part = (values: Float64Array | (string | null)[]) =>
    values instanceof Float64Array ? values.subarray(from, to) : values.slice(from, to);
  return {
    indexes: array('int4', columns.indexes.subarray(from, to)),
    timestamps: array('timestamptz', columns.timestamps.subarray(from, to)),
    instruments: array('int4', columns.instruments.subarray(from, to)),
    fields: columns.columns.map(({ element, values }) => array(element, part(values))),
  };
}

/** Rows by their numbers. */
export function pickRows(columns: RecordColumns, rows: Int32Array): RowColumns {
  const pick = (values: ArrayLike<number>) => {
    const picked = new Float64Array(rows.length);
    for (let place = 0; place < rows.length; place++) picked[place] = values[rows[place] as number] as number;
    return picked;
  };
  return {
    indexes: array('int4', pick(columns.indexes)),
    timestamps: array('timestamptz', pick(columns.timestamps)),
    instruments: array('int4', pick(columns.instruments)),
    fields: columns.columns.map(({ element, values }) =>
      array(
        element,
        values instanceof Float64Array ? pick(values) : Array.from(rows, (row) => values[row] as string | null),
      ),
    ),
  };
}
