/** The memory that one body has of all. */
export interface MemoryShare {
  /** Takes as much more, or gives back as much, as makes it this many bytes. @returns false, and nothing changes, without room */
  resize(bytes: number): boolean;
  /** Gives all of it back. Safe to call again. */
  release(): void;
}

/** Bounds what the bodies of requests under way take together. */
export class BodyMemory {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @returns undefined if there is no room for it */
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
