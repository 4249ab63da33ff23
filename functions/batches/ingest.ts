import type { BatchBody, IngestQuery } from '../contract/batches.ts';
import { Problem } from '../contract/problem.ts';
import { formatTimestamp } from '../contract/time.ts';
import {
  type ArrayParameter,
  array,
  type CallOptions,
  type Database,
  type Session,
  type Statement,
} from '../database/database.ts';
import { DatabaseError, REFUSED } from '../database/errors.ts';
import type { PartitionKeeper } from '../partitions/keeper.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Columns } from './columns.ts';
import { insertionOrder } from './insertion-order.ts';
import { parseBatch } from './parse-batch.ts';
import { toMultirange } from './ranges.ts';
import { type ReceiptParts, receiptParts } from './receipt.ts';
import type { ReferenceCache } from './references.ts';
import { type BatchOf, findReceipt, insertBatch, type LedgerEntry, type StoredReceipt } from './sql/ledger.ts';
import { rowsAStatement } from './steps.ts';
import type { BatchTable, RowColumns } from './table.ts';
import { type Validated, validateRecords } from './validate.ts';

/** A batch as it was asked for. */
export interface IngestRequest {
  readonly body: BatchBody;
  readonly query: IngestQuery;
  readonly actor: string;
  /** The client's key, or one of this request's own, so that our retries are safe without one too. */
  readonly idempotencyKey: string;
  readonly payloadHash: Uint8Array;
  readonly invocationId: string;
  readonly options: CallOptions;
  readonly logger: Logger;
}

/** What an execution environment keeps between batches. */
export interface IngestServices {
  readonly database: Database;
  readonly references: ReferenceCache;
  readonly partitions: PartitionKeeper;
}

export interface IngestAnswer {
  /** The receipt as stored. */
  readonly json: string;
  /** Whether an earlier request with the same key wrote it. */
  readonly replayed: boolean;
}

/**
 * Stores a batch in one transaction: the ledger row, the accepted rows, the receipt. Running it twice with one key stores
 * it once.
 * @throws Problem for a body that cannot be read; all_rejected, atomic_rejected, idempotency_key_reused,
 *   request_in_progress; DatabaseError
 */
export async function ingestBatch(
  services: IngestServices,
  table: BatchTable,
  request: IngestRequest,
): Promise<IngestAnswer> {
  const records = parseBatch(request.body, table.fields);
  try {
    return await storeRecords(services, table, request, records);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.fields.code === FOREIGN_KEY_VIOLATION)) throw explain(error);
    // the owner has removed an instrument or a rule that we remember: look anew, so that its records are rejected
    services.references.forget();
    return await storeRecords(services, table, request, records).catch((again: unknown) => {
      throw explain(again);
    });
  }
}

const FOREIGN_KEY_VIOLATION = '23503';

async function storeRecords(
  { database, references, partitions }: IngestServices,
  table: BatchTable,
  request: IngestRequest,
  records: readonly unknown[],
): Promise<IngestAnswer> {
  const { options, query } = request;
  await references.load(database, records, query, options);
  const validated = validate(references, table, records, request);
  const parts = receiptParts(validated);
  refuseRejected(table, validated, parts, query.atomic);
  await partitions.ensure(database, table.target, validated.columns, options, request.logger);
  const entry = ledgerEntry(table, request, validated, parts);
  const stored = await write(database, table, entry, validated, parts, query, options);
  if (!stored.same_payload)
    throw new Problem('idempotency_key_reused', 'this idempotency key belongs to a request with another payload');
  return { json: stored.receipt, replayed: !stored.ours };
}

function validate(
  references: ReferenceCache,
  table: BatchTable,
  records: readonly unknown[],
  { body, query }: IngestRequest,
): Validated {
  const ofQuery = query.symbol === undefined ? query.instrumentId : references.instrumentBySymbol(query.symbol);
  const known = ofQuery !== undefined && references.hasInstrument(ofQuery);
  if ((query.symbol !== undefined || query.instrumentId !== undefined) && !known) {
    const path = query.symbol === undefined ? 'instrumentId' : 'symbol';
    const message = 'there is no such instrument: create it with PUT /v1/instruments/{symbol}';
    throw new Problem('invalid_request', message, { errors: [{ path, code: 'unknown_instrument', message }] });
  }
  // the contract lets a CSV cell go without an offset
  const missingOffset = body.mediaType === 'text/csv' ? 'utc' : 'refuse';
  return validateRecords(records, {
    fields: table.fields,
    references,
    instrumentId: ofQuery,
    nowMicros: Date.now() * 1000,
    missingOffset,
  });
}

/**
 * Nothing is written where nothing is left to write, or where the batch is atomic and not all of it can be. An atomic one
 * that may have duplicates goes on to the database, which counts them before it refuses.
 */
function refuseRejected(table: BatchTable, validated: Validated, parts: ReceiptParts, atomic: boolean): void {
  const { columns, rejected } = validated;
  if (rejected.length === 0) return;
  if (columns.length === 0) throw refusal('all_rejected', parts.body);
  if (atomic && sequencedRows(table, columns).length === 0) throw refusal('atomic_rejected', parts.body);
}

/** The 422 of a batch, with the counts, outcomes and rejections that its receipt would have had. */
function refusal(code: 'all_rejected' | 'atomic_rejected', body: string): Problem {
  const members = JSON.parse(`{${body}`) as Record<string, unknown> & {
    rejections: { index: number; path: string; code: string; message: string }[];
  };
  const errors = members.rejections.map(({ index, path, ...rest }) => ({
    path: path === '' ? `records[${index}]` : `records[${index}].${path}`,
    ...rest,
  }));
  const detail = 'nothing was written; `inserted` counts the records that would have been';
  return new Problem(code, detail, { errors, members });
}

function ledgerEntry(
  table: BatchTable,
  request: IngestRequest,
  validated: Validated,
  parts: ReceiptParts,
): LedgerEntry {
  const { min, max } = validated.columns.timeBounds();
  return {
    target: table.target,
    actor: request.actor,
    idempotencyKey: request.idempotencyKey,
    payloadHash: request.payloadHash,
    requestId: request.invocationId,
    received: validated.received,
    accepted: validated.columns.length,
    rejected: validated.rejected.length,
    minTime: formatTimestamp(min),
    maxTime: formatTimestamp(max),
    receipt: parts.body,
  };
}

/**
 * By COPY where the route has it, else by arrays. A sequence that is stored already ends the COPY, and the batch goes in by
 * arrays, which leave such rows out: most batches have none, and COPY takes two thirds of their time (docs/schema.md).
 */
async function write(
  database: Database,
  table: BatchTable,
  entry: LedgerEntry,
  validated: Validated,
  parts: ReceiptParts,
  query: IngestQuery,
  options: CallOptions,
): Promise<StoredReceipt> {
  const { columns } = validated;
  const sequenced = sequencedRows(table, columns);
  try {
    if (database.session)
      return await database.session((session) => writeByCopy(session, table, entry, columns, query.batchSize), options);
  } catch (error) {
    if (sequenced.length === 0 || !isStoredAlready(error)) throw error;
  }
  const statements = arrayStatements(table, entry, validated, parts, query, sequenced);
  const results = await database.transaction(statements, options);
  return onlyRow(results.at(-1) as StoredReceipt[]);
}

/** SQLSTATE unique_violation: of a sequence, for ids are new. */
const isStoredAlready = (error: unknown): boolean =>
  error instanceof DatabaseError && error.fields.code === '23505' && error.fields.statement === 'copy';

async function writeByCopy(
  session: Session,
  table: BatchTable,
  entry: LedgerEntry,
  columns: Columns,
  batchSize: number,
): Promise<StoredReceipt> {
  const [batch] = await session.run<{ block: number }>(insertBatch(entry));
  if (batch === undefined) return onlyRow(await session.run<StoredReceipt>(findReceipt(entry)));
  const firstId = batch.block * 65_536;
  await session.copy(table.copy, copyChunks(columns, firstId, batchSize));
  return { receipt: `{"batchId":${batch.block},"firstId":${firstId},${entry.receipt}`, same_payload: true, ours: true };
}

function* copyChunks(columns: Columns, firstId: number, batchSize: number): Generator<readonly ArrayParameter[]> {
  for (let from = 0; from < columns.length; from += batchSize) {
    const rows = rowColumns(columns, from, Math.min(columns.length, from + batchSize));
    const ids = Float64Array.from(rows.indexes.values as Int32Array, (index) => firstId + index);
    yield [array('int8', ids), rows.timestamps, rows.instruments, ...rows.fields];
  }
}

function arrayStatements(
  table: BatchTable,
  entry: LedgerEntry,
  validated: Validated,
  parts: ReceiptParts,
  query: IngestQuery,
  sequenced: Int32Array,
): Statement[] {
  const { columns } = validated;
  const dedupe = sequenced.length > 0 ? table.dedupe : undefined;
  const insert = dedupe?.insert ?? table.insert;
  const batch: BatchOf = entry;
  const statements = [insertBatch(entry)];
  const order = dedupe && insertionOrder(columns);
  const size = rowsAStatement(query.batchSize, columns.length);
  for (let from = 0; from < columns.length; from += size) {
    const to = Math.min(columns.length, from + size);
    statements.push(insert(batch, order ? pickRows(columns, order.subarray(from, to)) : rowColumns(columns, from, to)));
  }
  if (dedupe) {
    const settlement = {
      batch,
      accepted: entry.accepted,
      acceptedRanges: toMultirange(parts.accepted),
      rejectedRanges: JSON.stringify(parts.rejected),
      rejections: JSON.stringify(validated.rejections),
      received: entry.received,
      rejected: entry.rejected,
      minTime: entry.minTime,
      maxTime: entry.maxTime,
      atomic: query.atomic,
    };
    const all = sequenced.length === columns.length;
    statements.push(
      dedupe.settle(settlement, all ? rowColumns(columns, 0, columns.length) : pickRows(columns, sequenced)),
    );
  }
  statements.push(findReceipt(entry));
  return statements;
}

/** Rows of the columns that have a sequence: only they can be stored already. */
function sequencedRows(table: BatchTable, columns: Columns): Int32Array {
  const sequence = table.dedupe ? columns.column('sequence') : undefined;
  if (sequence === undefined) return new Int32Array(0);
  const rows = new Int32Array(columns.length);
  let count = 0;
  for (let row = 0; row < columns.length; row++) if (!Number.isNaN(sequence.values[row] as number)) rows[count++] = row;
  return rows.subarray(0, count);
}

function rowColumns(columns: Columns, from: number, to: number): RowColumns {
  const part = (values: Float64Array | (string | null)[]) =>
    values instanceof Float64Array ? values.subarray(from, to) : values.slice(from, to);
  return {
    indexes: array('int4', columns.indexes.subarray(from, to)),
    timestamps: array('timestamptz', columns.timestamps.subarray(from, to)),
    instruments: array('int4', columns.instruments.subarray(from, to)),
    fields: columns.columns.map(({ element, values }) => array(element, part(values))),
  };
}

function pickRows(columns: Columns, rows: Int32Array): RowColumns {
  const pick = (values: ArrayLike<number>) => Float64Array.from(rows, (row) => values[row] as number);
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

function onlyRow<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the ledger has no row under the key just written');
  return row;
}

/** What a database error means to someone who ingests. */
function explain(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (error.fields.code === REFUSED) return refusal('atomic_rejected', (error.fields.detail ?? '').slice(1));
  if (error.fields.code === '55P03' && error.fields.statement === 'insert-batch') {
    return new Problem(
      'request_in_progress',
      'a request with this idempotency key is still running: retry it shortly',
      { headers: { 'Retry-After': '1' }, cause: error },
    );
  }
  return error;
}
