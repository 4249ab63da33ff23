import type { PlannedFault } from './plan-faults.ts';
import { shrinkList } from './shrink-list.ts';

/** A difference that depends on timing shows itself in one try of some: a whole round is tried so often. */
const TRIES = 3;
/** And a fault alone is brought about so often in one try. */
const REPEATS = 8;

/**
 * The shortest list of faults found that still makes a difference. A fault that was there while a request was under way that turned out
 * wrong is tried alone first, several times over, for that takes a fraction of what a round does; then the whole round.
 * @param round the faults of the round that differed
 * @param suspects those of them that were there, the most suspicious first
 * @param fails tries a list on a service of its own
 * @returns undefined if nothing made a difference again
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
