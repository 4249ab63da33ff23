import type { PlannedFault } from './plan-faults.ts';
import { shrinkList } from './shrink-list.ts';

/** How often a whole round is tried, because a difference that depends on timing does not occur in every try. */
const TRIES = 3;
/** How often a single fault is repeated in one try. */
const REPEATS = 8;

/**
 * Searches for the shortest list of faults that still causes a difference. It first tries each suspect alone, repeated several
 * times, because that takes a fraction of the time of a round. Then it tries the whole round.
 * @param round the faults of the round with the difference
 * @param suspects the faults that were active during a request with a difference, the most suspicious first
 * @param fails tries a list on a service of its own
 * @returns undefined if the difference did not occur again
 */
export async function shrinkFaults(
  round: readonly PlannedFault[],
  suspects: readonly PlannedFault[],
  fails: (part: readonly PlannedFault[]) => Promise<boolean>,
  isOver: () => boolean,
): Promise<readonly PlannedFault[] | undefined> {
  for (const suspect of suspects) {
    const repeated = Array.from({ length: REPEATS }, () => suspect);
    if (!isOver() && (await fails(repeated))) return shrinkList(repeated, fails, isOver);
  }
  for (let tries = 0; tries < TRIES && !isOver(); tries++)
    if (await fails(round)) return shrinkList(round, (part) => failsInSome(part, fails, isOver), isOver);
  return undefined;
}

async function failsInSome<T>(part: T, fails: (part: T) => Promise<boolean>, isOver: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < TRIES && !isOver(); tries++) if (await fails(part)) return true;
  return false;
}
