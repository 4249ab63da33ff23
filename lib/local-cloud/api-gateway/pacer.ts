/**
 * Spreads what costs time: each piece of work waits until those before it have had their time. It does not look at whose
 * work it is. Making early retries on the same connection wait longer was tried: it also delays clients that obey and share
 * their connections.
 */
export class Pacer {
  readonly #mostMs: number;
  readonly #now: () => number;
  #nextAt = Number.NEGATIVE_INFINITY;

  /**
   * @param mostMs the longest that anything waits for its turn. Milliseconds
   * @param now milliseconds of a clock that is never set
   */
  constructor(mostMs: number, now: () => number = () => performance.now()) {
    this.#mostMs = mostMs;
    this.#now = now;
  }

  /**
   * How long what begins at this moment is to wait. Milliseconds; 0 where nothing went before it just now.
   * @param costMs how long what comes next has to wait for it. Milliseconds
   */
  delayMs(costMs: number): number {
    const now = this.#now();
    const at = Math.min(Math.max(now, this.#nextAt), now + this.#mostMs);
    this.#nextAt = at + costMs;
    return at - now;
  }
}
