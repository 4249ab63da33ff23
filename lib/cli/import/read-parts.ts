import { csvSyntaxOf } from '../../client/dialect/csv-syntax.ts';
import { splitCsv } from '../../client/dialect/split-csv.ts';
import type { DialectParameters } from '../../client/index.ts';
import { encodeRecord } from '../../client/requests/encode-record.ts';
import { cutParts, type FilePart } from './cut-parts.ts';
import { utf8Chunks } from './decode-text.ts';
import type { PlannedSource } from './plan-import.ts';

/** The parts of a source as they are read, and the progress. */
export interface PartReader {
  readonly parts: AsyncIterable<FilePart>;
  /** Progress, on the scale of `Source.bytes`. */
  readonly position: () => number;
}

/** @param packets whether rows of one time stay in one part */
export async function readParts({ source, dialect, timePlaces }: PlannedSource, packets: boolean): Promise<PartReader> {
  const { parameters } = dialect;
  if (source.kind === 'parquet') return readParquet(source.path, source.bytes, parameters);
  const { content, position } = await source.stream();
  const chunks = utf8Chunks(content as AsyncIterable<Buffer>);
  const isCsv = source.kind === 'csv';
  const options = {
    skipLines: Number(isCsv ? (parameters.skipLines ?? 0) : 0),
    comment: isCsv ? parameters.comment : undefined,
    hasTitles: isCsv && parameters.header !== 'false',
    quote: isCsv ? csvSyntaxOf(parameters).quote : undefined,
    keyOf: packets ? (isCsv ? timeOfRow(parameters, timePlaces) : timeOfJson) : undefined,
  };
  return { parts: cutParts(chunks, options), position };
}

/** Returns the text of a row's time: rows of one packet share it. */
function timeOfRow(parameters: DialectParameters, places: readonly number[]) {
  const syntax = csvSyntaxOf(parameters);
  return (line: string): string => {
    const [row] = splitCsv(line, syntax, 1);
    return places.map((place) => row?.cells[place]).join(' ');
  };
}

const timeOfJson = (line: string): string => JSON.stringify((JSON.parse(line) as { timestamp?: unknown }).timestamp);

async function readParquet(path: string, bytes: number, parameters: DialectParameters): Promise<PartReader> {
  const { mappingFromColumns, parquetRecords } = await import('./parquet-source.ts');
  let share = 0;
  const fields = mappingFromColumns(parameters.columns ?? '');
  async function* chunks(): AsyncGenerator<Buffer> {
    let lines: string[] = [];
    for await (const record of parquetRecords(path, fields)) {
      lines.push(`${encodeRecord(record)}\n`);
      if (lines.length < 1000) continue;
      yield Buffer.from(lines.join(''));
      lines = [];
    }
    share = 1;
    yield Buffer.from(lines.join(''));
  }
  const options = { skipLines: 0, comment: undefined, hasTitles: false, quote: undefined };
  return { parts: cutParts(chunks(), options), position: () => share * bytes };
}
