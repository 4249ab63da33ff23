import { type BatchBody, MAX_LINE_BYTES, MAX_RECORDS } from '../contract/batches.ts';
import { CSV_PARAMETERS, type Dialect, PLAIN_DIALECT } from '../contract/dialect.ts';
import type { Field } from '../contract/fields.ts';
import { jsonBudget, parseJson } from '../contract/json.ts';
import { Problem } from '../contract/problem.ts';
import { lineTooLong } from './line-too-long.ts';
import { parseCsv } from './parse-csv.ts';
import type { ParsedBatch } from './parsed-batch.ts';

/**
 * Reads a batch's records from its body, not yet checked.
 * @throws Problem for a body that is malformed, empty, or has too many records, or whose parameters are for another media type
 */
export function parseBatch(body: BatchBody, fields: readonly Field[], dialect: Dialect): ParsedBatch {
  const batch = readRecords(body, fields, dialect);
  if (batch.count === 0) throw new Problem('empty_batch', 'the batch has no records');
  if (batch.count > MAX_RECORDS) {
    const message = `the batch has ${batch.count} records, and at most ${MAX_RECORDS} are allowed: send the rest as another`;
    throw new Problem('too_many_records', message, { members: { count: batch.count, limit: MAX_RECORDS } });
  }
  return batch;
}

/** What separates the cells of a CSV body; undefined for a body of another type. */
export function csvDelimiter({ mediaType }: BatchBody, { delimiter }: Dialect): string | undefined {
  if (mediaType === 'text/csv') return delimiter ?? ',';
  return mediaType === 'text/tab-separated-values' ? (delimiter ?? '\t') : undefined;
}

function readRecords(body: BatchBody, fields: readonly Field[], dialect: Dialect): ParsedBatch {
  const { text, mediaType } = body;
  const delimiter = csvDelimiter(body, dialect);
  if (delimiter !== undefined) return parseCsv(text, fields, { ...dialect, delimiter });
  refuseCsvParameters(dialect);
  const exact = exactNames(fields);
  if (mediaType === 'application/x-ndjson') return parseLines(text, exact);
  const parsed = parseJson(text, { exact });
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Problem('malformed_body', 'the body must be {"records":[…]}');
  const { records, ...others } = parsed as { records?: unknown };
  if (!Array.isArray(records)) throw new Problem('malformed_body', 'the body must be {"records":[…]}');
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new Problem(
      'malformed_body',
      'the body has a key besides records; atomic, batchSize and symbol are query parameters',
    );
  return { records, count: records.length };
}

/** Names of the fields whose value a double could change: times and integers. */
const exactNames = (fields: readonly Field[]): readonly string[] => [
  'timestamp',
  'instrumentId',
  ...fields.filter(({ kind }) => kind === 'integer' || kind === 'timestamp').map(({ name }) => name),
];

/** The CSV parameters that the request sets. */
export const declaredCsvParameters = (dialect: Dialect): readonly (typeof CSV_PARAMETERS)[number][] =>
  CSV_PARAMETERS.filter((name) => JSON.stringify(dialect[name]) !== JSON.stringify(PLAIN_DIALECT[name]));

/** Refuses CSV parameters on other media types, where they would be silently ignored. */
function refuseCsvParameters(dialect: Dialect): void {
  const errors = declaredCsvParameters(dialect).map((path) => ({
    path,
    code: 'csv_only',
    message: `${path} is for CSV`,
  }));
  const [first] = errors;
  if (first) throw new Problem('invalid_request', `${first.message}, and the body is JSON`, { errors });
}

function parseLines(text: string, exact: readonly string[]): ParsedBatch {
  const records: unknown[] = [];
  const lines: number[] = [];
  const budget = jsonBudget();
  let line = 0;
  let count = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    line++;
    // in UTF-16 units, which are never more than the line's UTF-8 bytes
    if (end - start > MAX_LINE_BYTES) throw lineTooLong(line, Buffer.byteLength(text.slice(start, end)));
    const record = text.slice(start, end);
    start = end + 1;
    if (record.trim() === '') continue;
    count++;
    if (count > MAX_RECORDS) continue;
    records.push(parseJson(record, { where: `line ${line}`, budget, exact }));
    lines.push(line);
  }
  return { records, lines, count };
}
