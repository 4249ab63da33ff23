/** One body's share of the memory. */
export interface MemoryShare {
  /**
   * Grows or shrinks the share to this many bytes.
   * @returns false, with nothing changed, if there is not enough room
   */
  resize(bytes: number): boolean;
  /** Releases the whole share. Idempotent. */
  release(): void;
}

/** Limits the memory that the bodies of requests in progress use together. */
export class BodyMemory {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @returns undefined if there is not enough room */
  take(bytes: number): MemoryShare | undefined {
    let held = 0;
    const share: MemoryShare = {
      resize: (wanted) => {
        if (wanted > held && this.#usedBytes - held + wanted > this.#limitBytes) return false;
        this.#usedBytes += wanted - held;
        held = wanted;
        return true;
      },
      release: () => void share.resize(0),
    };
    return share.resize(bytes) ? share : undefined;
  }
}
