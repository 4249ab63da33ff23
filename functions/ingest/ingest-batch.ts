import { type BatchBody, barLengthOf } from '../contract/batches.ts';
import type { IngestQuery } from '../contract/ingest-query.ts';
import { idempotencyKeyReused, requestInProgress } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError, isMissingPartition } from '../database/errors.ts';
import { findReceipt, type OutcomeCounts, type StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import { hasClientKey, type KeyedRequest, type KeyState, keyOf, waitForKey } from '../ledger/sql/keyed-request.ts';
import type { StoredResponse } from '../ledger/stored-response.ts';
import { PartitionKeeper } from '../partitions/ensure-partitions.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BatchTable, Correction } from './batch-table.ts';
import { buildReceipt, refusedBody } from './build-receipt.ts';
import { checkRecords, usualReader } from './check-records.ts';
import { insertionOrder } from './insertion-order.ts';
import { keyedRowsOf, rowKeyOf } from './keyed-rows.ts';
import { ledgerEntry } from './ledger-entry.ts';
import { parseBatch } from './parse-batch.ts';
import type { ParsedBatch } from './parsed-batch.ts';
import { receiptBytes } from './planned-batch.ts';
import { ReferenceCache } from './reference-cache.ts';
import { BatchRefusal, type RefusalCode, recordRefusal } from './refuse-batch.ts';
import { rejectRepeated } from './reject-repeated.ts';
import { BatchStreamer } from './stream-batch.ts';
import type { UsualReader } from './usual-rows.ts';
import type { Validated } from './validate-records.ts';
import { AtomicRefusal, BatchWriter } from './write-batch.ts';

/** A batch as requested. */
export interface IngestRequest extends KeyedRequest {
  readonly body: BatchBody;
  readonly query: IngestQuery;
  readonly options: CallOptions;
  readonly logger: Logger;
}

/** State that an execution environment keeps between batches. */
export interface IngestServices {
  readonly database: Database;
  readonly references: ReferenceCache;
  readonly partitions: PartitionKeeper;
  readonly writer: BatchWriter;
  readonly streamer: BatchStreamer;
}

/** Made once per execution environment. */
export function createIngestServices(database: Database): IngestServices {
  return {
    database,
    references: new ReferenceCache(),
    partitions: new PartitionKeeper(),
    writer: new BatchWriter(database),
    streamer: new BatchStreamer(),
  };
}

/** A stored batch: its receipt, and the receipt's counts. */
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
  try {
    return await storeBatch(services, table, request);
  } catch (error) {
    if (!(error instanceof BatchRefusal)) throw error;
    const earlier = await findEarlier(services.database, error, request);
    if (earlier !== undefined) return earlier;
    const entry = { ...keyOf(request), target: table.target, barLength: barLengthOf(request.query.bars) };
    throw await recordRefusal(services.database, error, entry, request);
  }
}

/**
 * The receipt that is stored under the key of a refused batch. The batch may have been stored while its instruments were
 * active, so a replay still returns its receipt. Waits for a running request with the same key.
 * @throws Problem idempotency_key_reused, request_in_progress; DatabaseError
 */
async function findEarlier(
  database: Database,
  { body }: BatchRefusal,
  request: IngestRequest,
): Promise<StoredBatch | undefined> {
  if (!hasClientKey(request)) return undefined;
  const bytes = receiptBytes({ receipt: JSON.stringify(body) }, body.received);
  try {
    const [key] = await database.run<KeyState>(waitForKey(request), request.options);
    if (key?.taken === false) return undefined;
    const [stored] = await database.run<StoredReceipt>(findReceipt(request, bytes), request.options);
    return stored === undefined ? undefined : storedBatch(stored);
  } catch (failed) {
    throw explain(failed);
  }
}

/** What an execution environment caches from the database. */
type Remembered = 'references' | 'partitions';

/**
 * How often each cache may prove stale within one request. Several times are possible: an instrument becomes inactive,
 * and other requests create instruments that this one is about to create.
 */
const MOST_FORGOTTEN = 3;

/** Stores a batch, and tries again whenever one of the two caches proves stale. */
async function storeBatch(services: IngestServices, table: BatchTable, request: IngestRequest): Promise<StoredBatch> {
  let parsed: ParsedBatch | undefined;
  const records = () => (parsed ??= parseBatch(request.body, table.fields, request.query));
  const forgotten = { references: 0, partitions: 0 };
  for (;;) {
    let stale: Remembered | undefined = 'references';
    let cause: unknown;
    try {
      const stored = await storeOnce(
        services,
        table,
        request,
        forgotten.references + forgotten.partitions === 0,
        records,
      );
      if (stored !== undefined) return stored;
      // an instrument was removed or deactivated: the next attempt rejects its records
      cause = changedEachTime();
    } catch (error) {
      stale = staleBy(error);
      cause = error;
    }
    if (stale === undefined || forgotten[stale] === MOST_FORGOTTEN) throw explain(cause);
    forgotten[stale]++;
    services[stale].forget();
  }
}

/** Returns undefined if the cache is stale about the batch's instruments. */
async function storeOnce(
  services: IngestServices,
  table: BatchTable,
  request: IngestRequest,
  mayStream: boolean,
  records: () => ParsedBatch,
): Promise<StoredBatch | undefined> {
  const { references, streamer } = services;
  const reader = usualReader(references, table, request);
  const isStreamed = mayStream && reader !== undefined && streamer.suits(services.database, request, reader);
  const streamed = isStreamed ? await streamer.store(services, table, request, reader) : undefined;
  if (streamed !== undefined) return storedBatch(streamed);
  const unread = isStreamed ? usualReader(references, table, request) : reader;
  return storeRecords(services, table, request, unread, records);
}

const FOREIGN_KEY_VIOLATION = '23503';

/** Which cache an error proves stale: the owner has removed a rule, or a partition was archived. */
function staleBy(error: unknown): Remembered | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  const { code } = error.fields;
  if (code === FOREIGN_KEY_VIOLATION) return 'references';
  return isMissingPartition(code, error.message) ? 'partitions' : undefined;
}

const changedEachTime = () =>
  new DatabaseError('conflict', 'instruments of the batch changed each time it was written', { rolledBack: true });

/** Like `storeOnce`, but without streaming: the whole batch is read before it is sent. */
async function storeRecords(
  services: IngestServices,
  table: BatchTable,
  request: IngestRequest,
  reader: UsualReader | undefined,
  records: () => ParsedBatch,
): Promise<StoredBatch | undefined> {
  const { database, references, partitions, writer, streamer } = services;
  const { options, query } = request;
  const { checked, creating, lines } = await checkRecords(services, table, request, reader, records);
  const key = rowKeyOf(table, query);
  const checkedOrder = insertionOrder(checked.columns);
  const validated = key === undefined || key === 'packet' ? checked : rejectRepeated(checked, key, checkedOrder, lines);
  // removing rows renumbers those after them
  const order = validated === checked ? checkedOrder : insertionOrder(validated.columns);
  const correction = correctionOf(request);
  const planned = buildReceipt(validated, correction !== undefined);
  const keyed = keyedRowsOf(table, validated.columns, key, query);
  const refused = refusalOf(validated, query.atomic && keyed === undefined);
  const { instruments, length } = validated.columns;
  const created = creating?.createdAmong(instruments, length) ?? [];
  if (refused !== undefined) {
    // no statement will run that could notice a deactivated instrument of an accepted record
    const known = new Set(instruments.subarray(0, length)).difference(new Set(created.map(({ id }) => id)));
    if (!(await references.areStillActive(database, known, options))) return undefined;
    throw new BatchRefusal(refused, planned.body);
  }
  await partitions.ensure(database, table.target, validated.columns, options);
  const entry = ledgerEntry(table, request, validated, planned.body);
  const { atomic, batchSize } = query;
  try {
    const stored = await writer.write(
      { table, entry, validated, order, planned, atomic, batchSize, keyed, correction, created },
      options,
    );
    if (stored === undefined) return undefined;
    streamer.learn(stored);
    return storedBatch(stored);
  } catch (error) {
    if (!(error instanceof AtomicRefusal)) throw error;
    throw new BatchRefusal('atomic_rejected', refusedBody(planned, error.outcomes));
  }
}

/** @throws Problem idempotency_key_reused if it is the batch of another payload */
function storedBatch(stored: StoredReceipt): StoredBatch {
  if (!stored.same_payload) throw idempotencyKeyReused();
  const { block, receipt, ours, received, inserted, replaced, duplicates, conflicts, tombstoned, rejected } = stored;
  const counts = { inserted, replaced, duplicates, conflicts, tombstoned, rejected };
  return { json: receipt, replayed: !ours, batchId: block, received, counts };
}

/** Whether rows of the batch may replace stored ones, and why. */
function correctionOf({ query, actor }: IngestRequest): Correction | undefined {
  return query.onConflict === 'replace' && query.reason !== undefined ? { reason: query.reason, actor } : undefined;
}

/** A batch is refused if no row is left to write, or if it is atomic and not every row can be written. */
function refusalOf({ columns, rejected }: Validated, atomic: boolean): RefusalCode | undefined {
  if (rejected.length === 0) return undefined;
  if (columns.length === 0) return 'all_rejected';
  return atomic ? 'atomic_rejected' : undefined;
}

/** The statements that wait while another request with the same key is running. */
const TAKE_KEYS = new Set(['insert-batch', 'take-batch-key', 'wait-for-key']);

/** Translates a database error for the client of an ingest. */
function explain(error: unknown): unknown {
  const isBusyKey =
    error instanceof DatabaseError &&
    error.fields.code === '55P03' &&
    (error.fields.sqlFunction === 'take_batch' || TAKE_KEYS.has(error.fields.statement ?? ''));
  return isBusyKey ? requestInProgress(error) : error;
}
