import { DEFAULT_LIMITS } from '../requests/cut-batches.ts';
import type { BatchRecord } from '../requests/encode-record.ts';
import type { BatchQueue } from './batch-queue.ts';
import { RecentKeys } from './recent-keys.ts';

export interface FillerOptions {
  /** A part is sealed when it has this many rows. */
  readonly rows: number;
  /** A part is also sealed when its first record has waited this long. Milliseconds. */
  readonly flushMs: number;
  /** Whether to keep the rows of a packet together. */
  readonly packets: boolean;
  /** While nothing can be sent anyway, parts are filled up instead of sealed by time. */
  readonly isHeldUp: () => boolean;
}

/** Decides where one part of a queue ends and the next begins. */
export class PartFiller {
  readonly #queue: BatchQueue;
  readonly #options: FillerOptions;
  readonly #keys: RecentKeys | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;
  #lastAt = 0;

  constructor(queue: BatchQueue, options: FillerOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#keys = options.packets ? new RecentKeys() : undefined;
  }

  /** @throws PacketError, SpoolError; the record is then in no part */
  add(record: BatchRecord, line: string): void {
    const { rows, bytes } = this.#queue.filling;
    const isFull = rows >= this.#options.rows || (rows > 0 && bytes + line.length > DEFAULT_LIMITS.bytes);
    if ((isFull || this.#isDue) && (this.#keys?.mayEndBefore(record) ?? true)) this.seal();
    this.#keys?.add(record);
    this.#queue.append(line, 1);
    this.#lastAt = performance.now();
    // immediately, if no packet can still be incomplete
    if (this.#keys === undefined && rows + 1 >= this.#options.rows) this.seal();
    else this.#timer ??= setTimeout(() => this.#timeUp(), this.#options.flushMs);
  }

  seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    if (this.#queue.filling.rows === 0) return;
    this.#queue.seal();
    this.#keys?.partEnded();
  }

  #timeUp(): void {
    const { flushMs, isHeldUp } = this.#options;
    const isInPacket = this.#keys !== undefined && performance.now() - this.#lastAt < flushMs;
    if (!isHeldUp() && !isInPacket) {
      this.seal();
      return;
    }
    this.#isDue = isInPacket;
    this.#timer = setTimeout(() => this.#timeUp(), flushMs);
  }
}
