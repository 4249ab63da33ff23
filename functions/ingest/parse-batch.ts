import { type BatchBody, MAX_LINE_BYTES, MAX_RECORDS } from '../contract/batches.ts';
import type { Field } from '../contract/fields.ts';
import { jsonBudget, parseJson } from '../contract/json.ts';
import { Problem } from '../contract/problem.ts';
import { parseCsv } from './parse-csv.ts';

/**
 * Reads a batch's records from its body, not yet checked.
 * @throws Problem for a body that is malformed, empty, or has too many records
 */
export function parseBatch(body: BatchBody, fields: readonly Field[]): readonly unknown[] {
  const records = readRecords(body, fields);
  if (records.length === 0) throw new Problem('empty_batch', 'the batch has no records');
  if (records.length > MAX_RECORDS)
    throw new Problem('too_many_records', `a batch has at most ${MAX_RECORDS} records: send the rest as another`);
  return records;
}

function readRecords({ text, mediaType }: BatchBody, fields: readonly Field[]): readonly unknown[] {
  if (mediaType === 'text/csv') return parseCsv(text, fields);
  if (mediaType === 'application/x-ndjson') return parseLines(text);
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem('malformed_body', 'the body must be {"records":[…]}');
  const { records, ...others } = body as { records?: unknown };
  if (!Array.isArray(records)) throw new Problem('malformed_body', 'the body must be {"records":[…]}');
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new Problem(
      'malformed_body',
      'the body has a key besides records; atomic, batchSize and symbol are query parameters',
    );
  return records;
}

function parseLines(text: string): unknown[] {
  const records: unknown[] = [];
  const budget = jsonBudget();
  let line = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    line++;
    // in UTF-16 units, of which a line of UTF-8 never has more than bytes
    if (end - start > MAX_LINE_BYTES)
      throw new Problem('record_too_large', `line ${line} is longer than ${MAX_LINE_BYTES} bytes`);
    const record = text.slice(start, end);
    if (record.trim() !== '') records.push(parseJson(record, `line ${line}`, budget));
    if (records.length > MAX_RECORDS) break;
    start = end + 1;
  }
  return records;
}
