import { TickStoreUnreachable } from '../../client/index.ts';

/** How long the store may refuse requests before that is worth a note: a busy one does for a moment. Milliseconds. */
const REFUSED_MS = 2_000;

/** Says once that the store does not take requests, and once that it does again. */
export class OutageNotes {
  readonly #note: (line: string) => void;
  readonly #now: () => number;
  #since: number | undefined;
  #isNoted = false;

  /** @param now milliseconds */
  constructor(note: (line: string) => void, now: () => number = () => performance.now()) {
    this.#note = note;
    this.#now = now;
  }

  /** A request failed, and will be tried again. */
  failed(error: unknown): void {
    this.#since ??= this.#now();
    const isOut = error instanceof TickStoreUnreachable || this.#now() - this.#since >= REFUSED_MS;
    if (this.#isNoted || !isOut) return;
    this.#isNoted = true;
    this.#note(`${(error as Error).message}. Trying again.`);
  }

  succeeded(): void {
    if (this.#isNoted) this.#note('The store responds again.');
    this.#since = undefined;
    this.#isNoted = false;
  }
}
