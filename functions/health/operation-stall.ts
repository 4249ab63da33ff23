import type { Signals } from './sql/signals.ts';

/** The step of the oldest large operation, and since when it is at that step. Stored with a sample for the next one. */
export interface SeenOperation {
  readonly id: number;
  readonly place: string;
  /** ISO 8601, by the database's clock. */
  readonly since: string;
}

/**
 * Since when the oldest large operation is at its current step. A schedule continues the oldest one first, every minute, so it
 * advances each minute, while others may wait.
 * @param before the state at the previous sample
 */
export function seenOperation(
  { oldest_operation: now, now: at }: Pick<Signals, 'oldest_operation' | 'now'>,
  before: SeenOperation | null,
): SeenOperation | null {
  if (now === null) return null;
  const isSame = before !== null && before.id === now.id && before.place === now.place;
  return { ...now, since: isSame ? before.since : at };
}

/** How long it has not advanced. 0 if no operation is running. Seconds. */
export const stallSeconds = (operation: SeenOperation | null, now: string): number =>
  operation === null ? 0 : Math.max(0, (Date.parse(now) - Date.parse(operation.since)) / 1000);
