/** The candidate with the fewest edits. @param candidates at least one */
export const nearestOf = (wrong: string, candidates: readonly string[]): string =>
  candidates.reduce((best, candidate) => (edits(wrong, candidate) < edits(wrong, best) ? candidate : best));

/** Levenshtein's distance: insertions, deletions and substitutions of characters. Count. */
export function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
