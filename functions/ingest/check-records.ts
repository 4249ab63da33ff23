import type { BatchBody } from '../contract/batches.ts';
import type { IngestQuery } from '../contract/ingest-query.ts';
import { Problem } from '../contract/problem.ts';
import type { TimeDialect } from '../contract/record-time.ts';
import { wallClockOf } from '../contract/time-zone.ts';
import type { CallOptions, Database } from '../database/database.ts';
import type { BatchTable } from './batch-table.ts';
import { explainCell } from './csv-cells.ts';
import { type BatchReferences, withNewInstruments } from './new-instruments.ts';
import { csvDelimiter, declaredCsvParameters } from './parse-batch.ts';
import type { ParsedBatch } from './parsed-batch.ts';
import { csvColumns } from './read-csv-columns.ts';
import { jsonColumns, lineColumns } from './read-json-columns.ts';
import type { ReferenceCache } from './reference-cache.ts';
import type { References } from './references.ts';
import { explainUnknown } from './refusals.ts';
import { type ColumnsOptions, readAll, type UsualReader } from './usual-rows.ts';
import { type Validated, validateRecords } from './validate-records.ts';

/** The parts of a request needed to check its records. */
export interface CheckedRequest {
  readonly body: BatchBody;
  readonly query: IngestQuery;
  readonly options: CallOptions;
}

/** A batch whose records have been checked. */
export interface CheckedBatch {
  readonly checked: Validated;
  /** Present if the batch may create instruments. */
  readonly creating?: BatchReferences | undefined;
  readonly lines?: readonly number[] | undefined;
}

/**
 * Checks a usual batch in one pass over its text, and any other batch record by record.
 * @param reader an unused reader of the batch; undefined if it must be read record by record
 * @param records parses the body; called only if records are read one by one
 * @throws Problem for a body that cannot be read, or a query that names no known instrument; DatabaseError
 */
export async function checkRecords(
  { database, references }: { readonly database: Database; readonly references: ReferenceCache },
  table: BatchTable,
  request: CheckedRequest,
  reader: UsualReader | undefined,
  records: () => ParsedBatch,
): Promise<CheckedBatch> {
  const { options, query } = request;
  const usual = readAll(reader);
  if (usual !== undefined) return { checked: usual.validated, lines: usual.lines };
  const parsed = records();
  const missing = await references.load(database, parsed.records, query, options);
  const creating = query.createInstruments
    ? await withNewInstruments(database, references, missing, options)
    : undefined;
  return { checked: validate(creating ?? references, table, parsed, request), creating, lines: parsed.lines };
}

/** Returns a reader for one pass, or undefined if it is clear without reading that the batch is not a usual one. */
export function usualReader(
  references: References,
  table: BatchTable,
  { body, query }: Pick<CheckedRequest, 'body' | 'query'>,
): UsualReader | undefined {
  const instrumentId = instrumentOf(query, references);
  if ((instrumentId === undefined && isNamed(query)) || query.createInstruments) return undefined;
  const { text } = body;
  const delimiter = csvDelimiter(body, query);
  const rules = rulesOf(references, table, query, instrumentId, delimiter !== undefined);
  if (delimiter !== undefined) return csvColumns(text, { ...query, delimiter }, rules);
  if (declaredCsvParameters(query).length > 0) return undefined;
  return body.mediaType === 'application/x-ndjson' ? lineColumns(text, rules) : jsonColumns(text, rules);
}

function validate(
  references: References,
  table: BatchTable,
  records: ParsedBatch,
  { body, query }: CheckedRequest,
): Validated {
  const instrumentId = instrumentOf(query, references);
  if (instrumentId === undefined && isNamed(query)) {
    const path = query.symbol === undefined ? 'instrumentId' : 'symbol';
    const message =
      query.symbol === undefined ? 'there is no instrument with this id' : explainUnknown(query.symbol, references);
    throw new Problem('invalid_request', message, { errors: [{ path, code: 'unknown_instrument', message }] });
  }
  const isCsv = csvDelimiter(body, query) !== undefined;
  return validateRecords(records.records, {
    ...rulesOf(references, table, query, instrumentId, isCsv),
    lines: records.lines,
    explainText: isCsv ? explainCell : undefined,
  });
}

/** Whether the query names an instrument for the batch. */
const isNamed = ({ symbol, instrumentId }: IngestQuery): boolean => symbol !== undefined || instrumentId !== undefined;

/** The id of the instrument that the query names; undefined if it names none, or none that is known. */
function instrumentOf({ symbol, instrumentId }: IngestQuery, references: References): number | undefined {
  const id = symbol === undefined ? instrumentId : references.instrumentBySymbol(symbol);
  return id !== undefined && references.hasInstrument(id) ? id : undefined;
}

/** The rules that records are checked against, however they are read. */
const rulesOf = (
  references: References,
  { fields }: BatchTable,
  query: IngestQuery,
  instrumentId: number | undefined,
  isCsv: boolean,
): ColumnsOptions => ({
  fields,
  references,
  instrumentId,
  nowMicros: Date.now() * 1000,
  time: timeDialect(query, isCsv),
});

/** How times are written in the batch. The contract lets CSV files omit the offset. */
function timeDialect(
  { timeUnit, timeFormat, timeZone, repeatedHour, subMicrosecond }: IngestQuery,
  isCsv: boolean,
): TimeDialect {
  const otherwise = isCsv ? 'utc' : 'refuse';
  return {
    unit: timeUnit,
    format: timeFormat,
    missingOffset: timeZone === undefined ? otherwise : wallClockOf(timeZone, repeatedHour),
    truncate: subMicrosecond === 'truncate',
  };
}
