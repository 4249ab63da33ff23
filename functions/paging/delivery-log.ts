/** How many messages are remembered. A retry comes within minutes, and a burst is far smaller than this. */
const MAX_MESSAGES = 500;

/**
 * Which recipients already have a message. SNS and Lambda deliver at least once, and Lambda retries the whole message if one
 * recipient failed. The log is in memory, for the life of one execution environment. If another environment retries a message,
 * people get it twice, which is better than never.
 */
export class DeliveryLog {
  readonly #recipients = new Map<string, Set<string>>();

  /** @param message the message's id. @returns its recipients so far; the caller adds each new one to the set */
  of(message: string): Set<string> {
    const known = this.#recipients.get(message);
    if (known !== undefined) return known;
    const recipients = new Set<string>();
    this.#recipients.set(message, recipients);
    const [oldest] = this.#recipients.keys();
    if (this.#recipients.size > MAX_MESSAGES && oldest !== undefined) this.#recipients.delete(oldest);
    return recipients;
  }
}
