import type { BatchBody, IngestQuery, Receipt } from '../contract/batches.ts';
import { idempotencyKeyReused, Problem, requestInProgress } from '../contract/problem.ts';
import { formatTimestamp } from '../contract/time.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { ARCHIVED, DatabaseError, REFUSED } from '../database/errors.ts';
import type { LedgerEntry, OutcomeCounts } from '../ledger/sql/batch-ledger.ts';
import { bodyText, type ReceiptBody } from '../ledger/sql/receipt-text.ts';
import type { StoredResponse } from '../ledger/stored-response.ts';
import type { PartitionKeeper } from '../partitions/ensure-partitions.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BatchTable } from './batch-table.ts';
import { buildReceipt } from './build-receipt.ts';
import { parseBatch } from './parse-batch.ts';
import type { ReferenceCache } from './reference-cache.ts';
import { type Validated, validateRecords } from './validate-records.ts';
import { type BatchWriter, sequencedRows } from './write-batch.ts';

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
  readonly writer: BatchWriter;
}

/** A stored batch: its receipt, and what the receipt says in numbers. */
export interface StoredBatch extends StoredResponse {
  readonly batchId: number;
  readonly received: number;
  readonly counts: OutcomeCounts;
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
): Promise<StoredBatch> {
  const records = parseBatch(request.body, table.fields);
  try {
    return await storeRecords(services, table, request, records);
  } catch (error) {
    if (!(error instanceof DatabaseError && forget(services, error.fields.code))) throw explain(error);
    return await storeRecords(services, table, request, records).catch((again: unknown) => {
      throw explain(again);
    });
  }
}

const FOREIGN_KEY_VIOLATION = '23503';

/** Forgets what an error shows to be out of date; answers whether there was any, so that another try can go well. */
function forget({ references, partitions }: IngestServices, code: string | undefined): boolean {
  // the owner has removed an instrument or a rule: its records are then rejected
  if (code === FOREIGN_KEY_VIOLATION) references.forget();
  else if (code === ARCHIVED) partitions.forget();
  else return false;
  return true;
}

async function storeRecords(
  { database, references, partitions, writer }: IngestServices,
  table: BatchTable,
  request: IngestRequest,
  records: readonly unknown[],
): Promise<StoredBatch> {
  const { options, query } = request;
  await references.load(database, records, query, options);
  const validated = validate(references, table, records, request);
  const planned = buildReceipt(validated);
  refuseRejected(table, validated, planned.body, query.atomic);
  await partitions.ensure(database, table.target, validated.columns, options, request.logger);
  const entry = ledgerEntry(table, request, validated, planned.body);
  const stored = await writer.write(table, entry, validated, planned, query, options);
  if (!stored.same_payload) throw idempotencyKeyReused();
  const { block, receipt, ours, received, inserted, duplicates, conflicts, tombstoned, rejected } = stored;
  const counts = { inserted, duplicates, conflicts, tombstoned, rejected };
  return { json: receipt, replayed: !ours, batchId: block, received, counts };
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
function refuseRejected(table: BatchTable, validated: Validated, body: ReceiptBody, atomic: boolean): void {
  const { columns, rejected } = validated;
  if (rejected.length === 0) return;
  if (columns.length === 0) throw refusal('all_rejected', body);
  if (atomic && sequencedRows(table, columns).length === 0) throw refusal('atomic_rejected', body);
}

/** The 422 of a batch, with the counts, outcomes and rejections that its receipt would have had. */
function refusal(code: 'all_rejected' | 'atomic_rejected', members: ReceiptBody): Problem {
  const errors = members.rejections.map(({ index, path, ...rest }) => ({
    path: path === '' ? `records[${index}]` : `records[${index}].${path}`,
    ...rest,
  }));
  const detail = 'nothing was written; `inserted` counts the records that would have been';
  return new Problem(code, detail, { errors, members });
}

function ledgerEntry(table: BatchTable, request: IngestRequest, validated: Validated, body: ReceiptBody): LedgerEntry {
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
    receipt: bodyText(body),
  };
}

/** What a database error means to someone who ingests. */
function explain(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (error.fields.code === REFUSED) return refusal('atomic_rejected', refusedBody(error.fields.detail));
  if (error.fields.code === '55P03' && error.fields.statement === 'insert-batch') {
    return requestInProgress(error);
  }
  return error;
}

/** The receipt that the database refused a batch with; one that was read back has ids, which nothing is stored under. */
function refusedBody(detail = '{}'): ReceiptBody {
  const { batchId: _batch, firstId: _first, ...body } = JSON.parse(detail) as Receipt;
  return body;
}
