/** Messages that are remembered. A retry comes within minutes; a burst is far smaller. Count. */
const MOST = 500;

/**
 * Who has a message already. SNS and Lambda deliver at least once, and Lambda repeats the whole where a part has failed. In memory,
 * for the life of one execution environment: where another one repeats a message, people get it twice rather than never.
 */
export class HandedOn {
  readonly #recipients = new Map<string, Set<string>>();

  /** @param message its id. @returns who has it; add to it whoever gets it */
  of(message: string): Set<string> {
    const known = this.#recipients.get(message);
    if (known !== undefined) return known;
    const recipients = new Set<string>();
    this.#recipients.set(message, recipients);
    const [oldest] = this.#recipients.keys();
    if (this.#recipients.size > MOST && oldest !== undefined) this.#recipients.delete(oldest);
    return recipients;
  }
}
