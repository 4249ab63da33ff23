/**
 * How many batches may be on their way at once. It adapts as TCP does (additive increase, multiplicative decrease): each
 * success adds a share of one batch, and a store that throttles halves it.
 */
export class SendingWindow {
  readonly #max: number;
  #size: number;
  #cutAt = Number.NEGATIVE_INFINITY;

  /** @param max batches at once; it starts at 2, or at this if that is less */
  constructor(max: number) {
    this.#max = max;
    this.#size = Math.min(2, max);
  }

  /** Batches at once, at least 1. */
  get size(): number {
    return Math.floor(this.#size);
  }

  succeeded(): void {
    this.#size = Math.min(this.#max, this.#size + 1 / this.#size);
  }

  /**
   * Halves it, once for all the batches that were on their way together.
   * @param sentAt when the batch that was throttled went out, in the time of `now`
   */
  throttled(sentAt: number, now: number): void {
    if (sentAt <= this.#cutAt) return;
    this.#cutAt = now;
    this.#size = Math.max(1, this.#size / 2);
  }

  /** Nothing responds: one batch at a time finds out whether something does again. */
  unreachable(now: number): void {
    this.#cutAt = now;
    this.#size = 1;
  }
}
