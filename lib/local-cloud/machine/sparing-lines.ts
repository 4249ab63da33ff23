/** Keeps a terminal readable when the same thing happens repeatedly. */
export interface SparingLines {
  /**
   * Prints a line. Further lines of the same kind are counted for a while, and then printed as a number.
   * @param kind what the lines have in common; printed before `details`, and alone with the count
   */
  print(kind: string, details: string): void;
}

/** @param quietMs how long lines of one kind are counted. Milliseconds. */
export function sparingLines(print: (line: string) => void, quietMs: number): SparingLines {
  const repeats = new Map<string, number>();
  return {
    print: (kind, details) => {
      const more = repeats.get(kind);
      if (more !== undefined) {
        repeats.set(kind, more + 1);
        return;
      }
      repeats.set(kind, 0);
      print(details === '' ? kind : `${kind}: ${details}`);
      setTimeout(() => {
        const missed = repeats.get(kind) ?? 0;
        repeats.delete(kind);
        if (missed > 0) print(`${kind}: ${missed} more in ${quietMs / 1000} s`);
      }, quietMs).unref();
    },
  };
}
