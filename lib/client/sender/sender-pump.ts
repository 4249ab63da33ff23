import type { Operations } from '../requests/api.ts';
import type { Client } from '../requests/client.ts';
import { gzip } from '../requests/gzip.ts';
import { type BatchOutcome, type IngestOperation, storeBatch } from '../requests/ingest.ts';
import { TickStoreProblem } from '../requests/problem.ts';
import { isThrottling, pauseMs, type RetryPolicy } from '../requests/retry.ts';
import type { BatchQueue, Part } from './batch-queue.ts';
import { isForGood, rejectedRecords } from './judge-response.ts';
import type { SentBatch } from './sender.ts';
import { SendingWindow } from './sending-window.ts';

export interface PumpOptions {
  readonly client: Client;
  readonly operation: IngestOperation;
  readonly query: Operations[IngestOperation]['query'];
  readonly gzip: boolean;
  readonly inFlight: number;
  readonly retry: RetryPolicy;
  readonly onReceipt: (sent: SentBatch) => void;
  readonly onProblem: (problem: Error, outcome: 'attempted again' | 'refused') => void;
}

/**
 * Takes parts from the queue, oldest first, as many at once as its window allows, and sends each until it has an
 * outcome.
 */
export class SenderPump {
  readonly #queue: BatchQueue;
  readonly #options: PumpOptions;
  readonly #window: SendingWindow;
  readonly #abort = new AbortController();
  readonly #waiters = new Set<() => void>();
  #inFlight = 0;
  #failures = 0;
  #sentRows = 0;
  #rejectedRows = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(queue: BatchQueue, options: PumpOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#window = new SendingWindow(options.inFlight);
    queue.onReady = () => this.#run();
    this.#run();
  }

  /** Whether it waits before any further attempt. */
  get isResting(): boolean {
    return this.#resting !== undefined;
  }

  stats() {
    return {
      inFlight: this.#inFlight,
      window: this.#window.size,
      sentRows: this.#sentRows,
      rejectedRows: this.#rejectedRows,
      failures: this.#failures,
    };
  }

  /** Resolves once the condition holds. It is checked whenever a part gets its outcome. */
  whenBelow(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  /**
   * Continues for up to `timeoutMs`, then aborts requests in progress. Their outcome is unknown, and their keys are
   * kept.
   */
  async stop(timeoutMs: number): Promise<void> {
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      void this.whenBelow(() => this.#queue.waiting.parts === 0).then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    await late;
    this.#abort.abort(new Error('the sender is closed'));
    clearTimeout(this.#resting);
    await this.whenBelow(() => this.#inFlight === 0);
  }

  #run(): void {
    while (!this.#abort.signal.aborted && this.#resting === undefined && this.#inFlight < this.#window.size) {
      const part = this.#queue.take();
      if (part === undefined) return;
      this.#inFlight += 1;
      void this.#bring(part).finally(() => {
        this.#inFlight -= 1;
        this.#run();
        for (const look of [...this.#waiters]) look();
      });
    }
  }

  async #bring(part: Part): Promise<void> {
    const sentAt = performance.now();
    try {
      const body = await this.#queue.read(part);
      const outcome = await this.#send(part, body);
      this.#window.succeeded();
      this.#failures = 0;
      await this.#settle(part, body, outcome);
    } catch (error) {
      await this.#failed(part, error as Error, sentAt).catch((cause: Error) => {
        // the spool's disk fails: the part keeps its place, and is sent again with its key
        this.#queue.putBack(part);
        this.#report(() => this.#options.onProblem(cause, 'attempted again'));
        this.#rest(this.#options.retry.capMs);
      });
    }
  }

  async #send(part: Part, body: string) {
    const { client, operation, query, gzip: packs } = this.#options;
    const content = packs ? await gzip(body) : body;
    const raw = { content, type: 'application/x-ndjson', encoding: packs ? ('gzip' as const) : undefined };
    const { signal } = this.#abort;
    return storeBatch(client, operation, { query, key: part.key, raw, signal, retry: { attempts: 1 } });
  }

  async #settle(part: Part, body: string, outcome: Pick<BatchOutcome, 'receipt' | 'refused' | 'replayed'>) {
    const { receipt, refused, replayed } = outcome;
    this.#sentRows += part.rows;
    this.#rejectedRows += receipt.rejected;
    if (refused) {
      this.#report(() => this.#options.onProblem(refused, 'refused'));
      await this.#queue.refused(part, refused);
      return;
    }
    this.#report(() => this.#options.onReceipt({ key: part.key, rows: part.rows, receipt, replayed }));
    await this.#queue.stored(part, rejectedRecords(receipt, body));
  }

  async #failed(part: Part, error: Error, sentAt: number): Promise<void> {
    if (this.#abort.signal.aborted) return this.#queue.putBack(part);
    if (error instanceof TickStoreProblem && isForGood(error)) {
      this.#report(() => this.#options.onProblem(error, 'refused'));
      return this.#queue.refused(part, error);
    }
    this.#queue.putBack(part);
    this.#failures += 1;
    if (isThrottling(error)) this.#window.throttled(sentAt, performance.now());
    else this.#window.unreachable(performance.now());
    this.#report(() => this.#options.onProblem(error, 'attempted again'));
    this.#rest(pauseMs(this.#failures, error, this.#options.retry));
  }

  /** An error in a callback is its own fault and does not affect the batch. */
  #report(call: () => void): void {
    try {
      call();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** One pause for all, so that batches that fail together do not add up their pauses. */
  #rest(ms: number): void {
    this.#resting ??= setTimeout(() => {
      this.#resting = undefined;
      this.#run();
    }, ms);
  }
}
