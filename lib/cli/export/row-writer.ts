import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Tick } from '../../client/index.ts';
import { COLUMNS } from './columns.ts';

export type ExportFormat = 'csv' | 'ndjson' | 'parquet';

/** Writes rows to a file. */
export interface RowWriter {
  write(rows: readonly Tick[]): Promise<void>;
  close(): Promise<void>;
}

/** @param path the file to replace; `-` is standard output */
export async function openWriter(path: string, format: ExportFormat): Promise<RowWriter> {
  if (format === 'parquet') return (await import('./parquet-writer.ts')).openParquet(path);
  const file = path === '-' ? process.stdout : createWriteStream(path);
  const lineOf = format === 'csv' ? csvLine : ndjsonLine;
  const put = async (text: string) => {
    if (!file.write(text)) await once(file, 'drain');
  };
  if (file !== process.stdout) await once(file, 'open');
  if (format === 'csv') await put(`${COLUMNS.join(',')}\n`);
  return {
    write: (rows) => (rows.length === 0 ? Promise.resolve() : put(rows.map(lineOf).join(''))),
    close: async () => {
      if (file === process.stdout) return;
      file.end();
      await once(file, 'close');
    },
  };
}

const csvLine = (row: Tick): string => `${COLUMNS.map((column) => csvCell(row[column])).join(',')}\n`;

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A record as the API accepts it: fields without a value are omitted. */
function ndjsonLine(row: Tick): string {
  const fields = COLUMNS.filter((column) => row[column] !== null).map((column) => [column, row[column]]);
  return `${JSON.stringify(Object.fromEntries(fields))}\n`;
}
