/**
 * The limit of concurrent batches. It adapts like TCP (additive increase, multiplicative decrease): each success adds a
 * share of one batch, and throttling by the store halves it.
 */
export class SendingWindow {
  readonly #max: number;
  #size: number;
  #cutAt = Number.NEGATIVE_INFINITY;

  /** @param max the largest number of concurrent batches; it starts at 2, or at this if that is less */
  constructor(max: number) {
    this.#max = max;
    this.#size = Math.min(2, max);
  }

  /** Concurrent batches, at least 1. */
  get size(): number {
    return Math.floor(this.#size);
  }

  succeeded(): void {
    this.#size = Math.min(this.#max, this.#size + 1 / this.#size);
  }

  /**
   * Halves the window, once for all batches that were in progress together.
   * @param sentAt when the throttled batch was sent, in the time of `now`
   */
  throttled(sentAt: number, now: number): void {
    if (sentAt <= this.#cutAt) return;
    this.#cutAt = now;
    this.#size = Math.max(1, this.#size / 2);
  }

  /** Reduces the window to one batch, which finds out whether the store responds again. */
  unreachable(now: number): void {
    this.#cutAt = now;
    this.#size = 1;
  }
}
