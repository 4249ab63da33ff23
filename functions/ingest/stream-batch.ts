import { setImmediate as nextTurn } from 'node:timers/promises';
import { firstIdOf } from '../contract/batches.ts';
import type { ArrayParameter, Database, Session } from '../database/database.ts';
import { DatabaseError, isRefused, isRefusedByPooler } from '../database/errors.ts';
import type { LedgerEntry, StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import type { KeyedRequest } from '../ledger/sql/keyed-request.ts';
import type { StoredBlock } from '../ledger/sql/store-batch.ts';
import { finishBatch, INSTRUMENTS_CHANGED, takeBatchKey } from '../ledger/sql/stream-batch.ts';
import type { PartitionKeeper } from '../partitions/ensure-partitions.ts';
import { BatchSlices, CannotStream } from './batch-slices.ts';
import type { BatchTable } from './batch-table.ts';
import { buildReceipt } from './build-receipt.ts';
import type { CheckedRequest } from './check-records.ts';
import { ledgerEntry } from './ledger-entry.ts';
import { wholeReceipt } from './planned-batch.ts';
import type { ReferenceCache } from './reference-cache.ts';
import { fitsAtOnce } from './store-at-once.ts';
import type { UsualReader } from './usual-rows.ts';

/** The services of an execution environment that streaming needs. */
interface StreamServices {
  readonly database: Database;
  readonly references: ReferenceCache;
  readonly partitions: PartitionKeeper;
}

/** The parts of a request that streaming needs. */
type StreamRequest = KeyedRequest & CheckedRequest;

/**
 * Sends batches while they are read: the server inserts the first rows of a body while the next are parsed. It only
 * handles batches that need no explanation: every record is accepted, none is stored already, and nothing is to be
 * created. For any other batch, the transaction is rolled back, and the batch is stored the ordinary way from the
 * beginning. So there is only one kind of receipt here. tests/integration/ingest-streamed.test.ts compares receipts and
 * rows of the two ways.
 *
 * A batch that gives up in the middle has been sent in vain. So later batches are not streamed until one has been
 * stored completely. docs/performance.md has what streaming saves.
 */
export class BatchStreamer {
  #isTrusted = true;

  /** Learns from a batch that was stored the ordinary way. */
  learn({ ours, received, inserted }: StoredReceipt): void {
    if (ours) this.#isTrusted = received === inserted;
  }

  /** Whether a batch should be streamed: it is large and, as far as is known beforehand, entirely new. */
  suits({ session, capabilities }: Database, request: StreamRequest, { capacity }: UsualReader): boolean {
    const canStream = this.#isTrusted && session !== undefined && capabilities.copy;
    return canStream && isPlain(request) && !fitsAtOnce(capacity, request.query.batchSize);
  }

  /**
   * @param reader an unused reader of the batch
   * @returns undefined if the batch must be stored the ordinary way; nothing of it has been stored then, and no key
   * taken
   * @throws DatabaseError
   */
  async store(
    { database, references, partitions }: StreamServices,
    table: BatchTable,
    request: StreamRequest,
    reader: UsualReader,
  ): Promise<StoredReceipt | undefined> {
    if (database.session === undefined) return undefined;
    const slices = new BatchSlices(reader, table, partitions, request.query.batchSize);
    try {
      slices.readMore();
    } catch (error) {
      if (error instanceof CannotStream) return undefined;
      throw error;
    }
    try {
      return await database.session((session) => send(session, table, request, slices), request.options);
    } catch (error) {
      if (!isStoredOtherwise(error)) throw error;
      this.#isTrusted = false;
      if (isRefused(error, INSTRUMENTS_CHANGED)) references.forget();
      return undefined;
    }
  }
}

/** Whether rows have no key except a sequence, and replace no others. */
const isPlain = ({ query }: StreamRequest): boolean =>
  query.bars === undefined && query.sequenceOf !== 'packet' && query.onConflict !== 'replace';

/** Undefined if the key is taken. */
async function send(
  session: Session,
  table: BatchTable,
  request: StreamRequest,
  slices: BatchSlices,
): Promise<StoredReceipt | undefined> {
  const taking = session.run<StoredBlock>(takeBatchKey(request));
  taking.catch(() => undefined);
  // the statement leaves this process before the next rows are read
  await nextTurn();
  slices.readMore();
  const [stored] = await taking;
  if (stored === undefined) return undefined;
  let entry: LedgerEntry | undefined;
  function* rows(block: number): Generator<readonly ArrayParameter[]> {
    yield* slices.rows(firstIdOf(block));
    // while the server is still inserting
    const { validated } = slices.batch;
    entry = ledgerEntry(table, request, validated, buildReceipt(validated, false).body);
  }
  await session.copy(table.copy, rows(stored.block));
  if (entry === undefined) throw new Error('the rows of a batch were not read to their end');
  await session.finish(finishBatch(stored.block, entry));
  return wholeReceipt(stored, entry);
}

/**
 * Nothing was stored, and the ordinary way finds out why. SQLSTATE unique_violation in COPY means that a sequence is
 * already stored.
 */
const isStoredOtherwise = (error: unknown): boolean =>
  error instanceof CannotStream ||
  isRefused(error, INSTRUMENTS_CHANGED) ||
  (error instanceof DatabaseError &&
    error.fields.statement === 'copy' &&
    (error.fields.code === '23505' || isRefusedByPooler(error)));
