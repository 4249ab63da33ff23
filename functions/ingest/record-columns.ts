import { type ColumnType, columnTypeOf, type Field } from '../contract/fields.ts';

/** A column's values for the accepted records. A missing value is NaN or null. */
export type ColumnValues = Float64Array | (string | null)[];

/** One field’s values for all accepted records. */
export interface RecordColumn {
  readonly field: Field;
  readonly element: ColumnType;
  readonly values: ColumnValues;
}

/**
 * The accepted records of a batch as one array per column. COPY and `unnest` both need this form, and it takes a tenth
 * of the memory of parsed records.
 */
export class RecordColumns {
  /** How many records have been accepted. */
  length = 0;
  /** Input index of each accepted record. */
  readonly indexes: Int32Array;
  /** Microseconds since 1970. */
  readonly timestamps: Float64Array;
  readonly instruments: Int32Array;
  readonly columns: readonly RecordColumn[];

  constructor(fields: readonly Field[], capacity: number) {
    this.indexes = new Int32Array(capacity);
    this.timestamps = new Float64Array(capacity);
    this.instruments = new Int32Array(capacity);
    this.columns = fields.map((field) => {
      const element = columnTypeOf(field);
      const values =
        element === 'text'
          ? new Array<string | null>(capacity).fill(null)
          : new Float64Array(capacity).fill(Number.NaN);
      return { field, element, values };
    });
  }

  column(name: string): RecordColumn | undefined {
    return this.columns.find((column) => column.field.name === name);
  }

  /**
   * Removes rows.
   * @param rows row numbers, ascending
   */
  remove(rows: readonly number[]): void {
    const gone = new Set(rows);
    const every: (Int32Array | ColumnValues)[] = [this.indexes, this.timestamps, this.instruments];
    every.push(...this.columns.map(({ values }) => values));
    let kept = 0;
    for (let row = 0; row < this.length; row++) {
      if (gone.has(row)) continue;
      if (kept !== row) for (const values of every) values[kept] = values[row] as never;
      kept++;
    }
    this.length = kept;
  }

  /** Earliest and latest timestamp of the accepted records, in microseconds since 1970. */
  timeBounds(): { min: number; max: number } {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.length; i++) {
      const at = this.timestamps[i] as number;
      if (at < min) min = at;
      if (at > max) max = at;
    }
    return { min, max };
  }
}
