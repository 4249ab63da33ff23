import type { Operations, Receipt } from '../requests/api.ts';
import type { Client } from '../requests/client.ts';
import { type BatchRecord, encodeRecord } from '../requests/encode-record.ts';
import type { IngestOperation } from '../requests/ingest.ts';
import { DEFAULT_RETRY } from '../requests/retry.ts';
import type { BatchQueue } from './batch-queue.ts';
import { MemoryQueue } from './memory-queue.ts';
import { PartFiller } from './part-filler.ts';
import { SenderPump } from './sender-pump.ts';

/** The outcome of one batch of a sender. */
export interface SentBatch {
  readonly key: string;
  readonly rows: number;
  /** Counts, outcomes and rejections. */
  readonly receipt: Receipt;
  /** Whether an earlier attempt had stored it. */
  readonly replayed: boolean;
}

export interface SenderOptions {
  readonly client: Client;
  /** Default `ingestMarketData`. */
  readonly operation?: IngestOperation | undefined;
  readonly query?: Operations[IngestOperation]['query'] | undefined;
  /** A batch is sent when it has this many rows. Default 5,000. */
  readonly rows?: number | undefined;
  /** A batch is also sent when its first record has waited this long. Milliseconds. Default 250. */
  readonly flushMs?: number | undefined;
  /** The largest number of concurrent batches; with 1 they are also committed in order. Default 4. */
  readonly inFlight?: number | undefined;
  /** Where records wait. Default: in memory; `openSpool` keeps them on disk. */
  readonly queue?: BatchQueue | undefined;
  /** Rows that may wait in memory before `add` makes its caller wait. Default 500,000. A spool has its own limit. */
  readonly bufferedRows?: number | undefined;
  /** The longest pause between attempts while the store is unavailable. Milliseconds. Default 10,000. */
  readonly pauseCapMs?: number | undefined;
  /** Default true. */
  readonly gzip?: boolean | undefined;
  /** Called with every receipt, at least once each. */
  readonly onReceipt?: ((sent: SentBatch) => void) | undefined;
  /** Called for each failed attempt. Temporary failures are attempted again, refused batches are set aside. */
  readonly onProblem?: ((problem: Error, outcome: 'attempted again' | 'refused') => void) | undefined;
}

export interface SenderStats {
  /** Rows added and not yet in a receipt. */
  readonly pendingRows: number;
  readonly pendingBatches: number;
  readonly inFlight: number;
  /** The current limit of concurrent batches. */
  readonly window: number;
  readonly sentRows: number;
  /** Rows that the store has rejected, whether or not their batch was stored. */
  readonly rejectedRows: number;
  /** Failed attempts since the last success. */
  readonly failures: number;
}

/** Sends single records as batches, at the rate that the store accepts. */
export interface Sender {
  /**
   * Adds a record. With a spool, it survives the end of this process once this has returned.
   * @returns a promise while too much is waiting in memory: the record is accepted once it resolves
   * @throws InvalidRecord, PacketError, SpoolError: the record is then not accepted
   */
  add(record: BatchRecord): Promise<void> | undefined;
  /** Resolves when everything added so far is stored or refused. */
  flush(): Promise<void>;
  stats(): SenderStats;
  /**
   * Sends what is left for up to `timeoutMs` (default 30,000) and stops.
   * @returns the number of rows that are not stored: a spool keeps them for the next start, memory does not
   */
  close(options?: { readonly timeoutMs?: number }): Promise<{ readonly unsentRows: number }>;
}

const DEFAULT_ROWS = 5000;
const DEFAULT_FLUSH_MS = 250;
const DEFAULT_IN_FLIGHT = 4;
const DEFAULT_BUFFERED_ROWS = 500_000;
const DEFAULT_CLOSE_MS = 30_000;

/** Starts a sender. Records that a spool still holds from an earlier process are sent first. */
export function createSender(options: SenderOptions): Sender {
  const { rows = DEFAULT_ROWS, flushMs = DEFAULT_FLUSH_MS, bufferedRows = DEFAULT_BUFFERED_ROWS } = options;
  const queue = options.queue ?? new MemoryQueue();
  const mustWait = () => options.queue === undefined && queue.waiting.rows + queue.filling.rows >= bufferedRows;
  const pump = new SenderPump(queue, {
    client: options.client,
    operation: options.operation ?? 'ingestMarketData',
    query: options.query ?? {},
    gzip: options.gzip ?? true,
    inFlight: options.inFlight ?? DEFAULT_IN_FLIGHT,
    retry: { ...DEFAULT_RETRY, capMs: options.pauseCapMs ?? DEFAULT_RETRY.capMs },
    onReceipt: options.onReceipt ?? (() => undefined),
    onProblem: options.onProblem ?? (() => undefined),
  });
  const packets = (options.query as { sequenceOf?: unknown } | undefined)?.sequenceOf === 'packet';
  const filler = new PartFiller(queue, { rows, flushMs, packets, isHeldUp: () => pump.isResting });
  let closed = false;

  return {
    add(record) {
      if (closed) throw new Error('the sender is closed');
      const line = `${encodeRecord(record)}\n`;
      if (!mustWait()) {
        filler.add(record, line);
        return undefined;
      }
      return pump.whenBelow(() => !mustWait()).then(() => filler.add(record, line));
    },
    flush: () => {
      filler.seal();
      return pump.whenBelow(() => queue.waiting.parts === 0);
    },
    stats: () => ({
      ...pump.stats(),
      pendingRows: queue.waiting.rows + queue.filling.rows,
      pendingBatches: queue.waiting.parts,
    }),
    async close({ timeoutMs = DEFAULT_CLOSE_MS } = {}) {
      closed = true;
      filler.seal();
      await pump.stop(timeoutMs);
      const unsentRows = queue.waiting.rows;
      await queue.close();
      return { unsentRows };
    },
  };
}
