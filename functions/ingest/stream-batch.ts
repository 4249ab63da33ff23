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

/** What of an execution environment it takes to stream a batch. */
interface StreamServices {
  readonly database: Database;
  readonly references: ReferenceCache;
  readonly partitions: PartitionKeeper;
}

/** What of a request. */
type StreamRequest = KeyedRequest & CheckedRequest;

/**
 * Sends batches while they are read: the server inserts the first rows of a body while the next are parsed. Only for what
 * needs no explanation: every record accepted, none stored already, nothing to create. Whatever else a batch turns out to be, its
 * transaction is rolled back, and it is stored as any other, from the beginning. So this way has no receipts but one, and
 * tests/integration/ingest-streamed.test.ts holds its receipts and rows to those of the other.
 *
 * A batch that gives up in the middle has been sent in vain, so the next is not tried: not until one was stored whole.
 * docs/performance.md has what it saves.
 */
export class BatchStreamer {
  #isTrusted = true;

  /** Learns from a batch that was stored in the other way. */
  learn({ ours, received, inserted }: StoredReceipt): void {
    if (ours) this.#isTrusted = received === inserted;
  }

  /** Whether a batch is one to send while it is read: large, and from what can be seen beforehand all of it new. */
  suits({ session, capabilities }: Database, request: StreamRequest, { capacity }: UsualReader): boolean {
    const canStream = this.#isTrusted && session !== undefined && capabilities.copy;
    return canStream && isPlain(request) && !fitsAtOnce(capacity, request.query.batchSize);
  }

  /**
   * @param reader of the batch; none of it has been read
   * @returns undefined where the batch must be stored in the other way: nothing of it was stored then, and no key taken
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

/** Rows that nothing but a sequence identifies, and that replace none. */
const isPlain = ({ query }: StreamRequest): boolean =>
  query.bars === undefined && query.sequenceOf !== 'packet' && query.onConflict !== 'replace';

/** Undefined where the key is taken. */
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

/** Nothing was stored, and the other way finds out why: SQLSTATE unique_violation in COPY is a sequence that is stored already. */
const isStoredOtherwise = (error: unknown): boolean =>
  error instanceof CannotStream ||
  isRefused(error, INSTRUMENTS_CHANGED) ||
  (error instanceof DatabaseError &&
    error.fields.statement === 'copy' &&
    (error.fields.code === '23505' || isRefusedByPooler(error)));
