import type { Signals } from './sql/signals.ts';

/** Where the oldest large operation stood, and since when it has. Kept with a sample, for the next one. */
export interface SeenOperation {
  readonly id: number;
  readonly place: string;
  /** ISO 8601, by the database's clock. */
  readonly since: string;
}

/**
 * Since when the oldest large operation has stood where it does. A schedule continues the oldest first, every minute, so that one
 * moves each minute; the others may wait for it.
 * @param before what was seen at the sample before this one
 */
export function seenOperation(
  { oldest_operation: now, now: at }: Pick<Signals, 'oldest_operation' | 'now'>,
  before: SeenOperation | null,
): SeenOperation | null {
  if (now === null) return null;
  const isSame = before !== null && before.id === now.id && before.place === now.place;
  return { ...now, since: isSame ? before.since : at };
}

/** How long it has made no step. 0 where none is under way. Seconds. */
export const stallSeconds = (operation: SeenOperation | null, now: string): number =>
  operation === null ? 0 : Math.max(0, (Date.parse(now) - Date.parse(operation.since)) / 1000);
