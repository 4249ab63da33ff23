import type { Socket } from 'node:net';

/** The rate of the pipes; undefined for no limit. Bytes per second. */
export interface Pace {
  bytesPerSecond: number | undefined;
}

const TICK_MS = 20;

/** Writes to a socket in order, a few bytes at a time while the rate is limited. */
export class SlowPipe {
  readonly #to: Socket;
  readonly #pace: Pace;
  #queue: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #afterwards: (() => void) | undefined;

  constructor(to: Socket, pace: Pace) {
    this.#to = to;
    this.#pace = pace;
    to.once('close', () => clearInterval(this.#timer));
  }

  /** @param then is called when all has been written */
  write(bytes: Buffer, then?: () => void): void {
    if (this.#pace.bytesPerSecond === undefined && this.#queue.length === 0) {
      this.#to.write(bytes, then);
      return;
    }
    this.#queue = Buffer.concat([this.#queue, bytes]);
    this.#afterwards = then ?? this.#afterwards;
    this.#timer ??= setInterval(() => this.#pass(), TICK_MS);
  }

  #pass(): void {
    const { bytesPerSecond } = this.#pace;
    const count =
      bytesPerSecond === undefined ? this.#queue.length : Math.max(1, Math.round((bytesPerSecond * TICK_MS) / 1000));
    const bytes = this.#queue.subarray(0, count);
    this.#queue = this.#queue.subarray(count);
    if (this.#queue.length > 0) return void this.#to.write(bytes);
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#to.write(bytes, this.#afterwards);
    this.#afterwards = undefined;
  }
}
