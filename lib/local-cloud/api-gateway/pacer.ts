/**
 * Spreads expensive work over time: each piece of work waits until the cost of those before it has elapsed. It treats
 * all clients alike. Making early retries on the same connection wait longer was tried: it also delays well-behaved
 * clients that share their connections.
 */
export class Pacer {
  readonly #mostMs: number;
  readonly #now: () => number;
  #nextAt = Number.NEGATIVE_INFINITY;

  /**
   * @param mostMs the longest wait of anything. Milliseconds
   * @param now milliseconds of a monotonic clock
   */
  constructor(mostMs: number, now: () => number = () => performance.now()) {
    this.#mostMs = mostMs;
    this.#now = now;
  }

  /**
   * How long work that begins now must wait. Milliseconds; 0 if nothing preceded it recently.
   * @param costMs how long the next piece of work must wait for this one. Milliseconds
   */
  delayMs(costMs: number): number {
    const now = this.#now();
    const at = Math.min(Math.max(now, this.#nextAt), now + this.#mostMs);
    this.#nextAt = at + costMs;
    return at - now;
  }
}
