import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { Tick } from '../../client/index.ts';
import { COLUMNS, type ExportColumn } from './columns.ts';
import type { RowWriter } from './row-writer.ts';

/** Rows per row group: large enough for a reader to skip by, small enough to hold in memory. */
const ROW_GROUP_ROWS = 100_000;

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const TIME = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
} as const;

const typeOf = (column: ExportColumn) => {
  if (column === 'timestamp') return TIME;
  if (column === 'symbol') return TEXT;
  return column === 'sequence' ? ({ type: 'INT64' } as const) : ({ type: 'DOUBLE' } as const);
};

/** Writes a Parquet file, one row group at a time: times in microseconds, prices and sizes as doubles. */
export function openParquet(path: string): RowWriter {
  const schema = [
    { name: 'tick', num_children: COLUMNS.length },
    ...COLUMNS.map((name) => ({ name, repetition_type: 'OPTIONAL' as const, ...typeOf(name) })),
  ];
  const file = new ParquetWriter({ writer: fileWriter(path), schema });
  let waiting: Tick[] = [];
  const flush = async () => {
    const columnData = COLUMNS.map((name) => ({ name, data: waiting.map((row) => cellOf(row, name)) }));
    if (waiting.length > 0) await file.write({ columnData, rowGroupSize: ROW_GROUP_ROWS });
    waiting = [];
  };
  return {
    write: async (rows) => {
      waiting.push(...rows);
      if (waiting.length >= ROW_GROUP_ROWS) await flush();
    },
    close: async () => {
      await flush();
      await file.finish();
    },
  };
}

function cellOf(row: Tick, column: ExportColumn): string | number | bigint | null {
  if (column === 'timestamp') return microsOf(row.timestamp);
  const value = row[column];
  return column === 'sequence' && value !== null ? BigInt(value) : value;
}

/** Times of the API have six decimals or none; JavaScript dates have only three. */
function microsOf(timestamp: string): bigint {
  const [, decimals = ''] = /\.(\d+)/.exec(timestamp) ?? [];
  const seconds = Date.parse(`${timestamp.slice(0, 19)}Z`);
  return BigInt(seconds) * 1000n + BigInt(decimals.padEnd(6, '0').slice(0, 6));
}
