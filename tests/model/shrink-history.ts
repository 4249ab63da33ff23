import { shrinkList } from '../ordeal/shrink-list.ts';
import type { Moment, Step } from './commands.ts';

/** How often to try a history with concurrent steps, whose order may differ each time. */
const TRIES_AT_ONCE = 4;

/**
 * Finds the shortest and simplest history that still differs: fewer moments, fewer steps, none of them concurrent,
 * fewer records and ids, and no option that does not matter.
 * @param differs how a history differs; undefined if it does not
 * @param isOver ends the search early, with the shortest so far
 * @returns undefined if the history itself did not differ again
 */
export async function shrinkHistory(
  history: readonly Moment[],
  differs: (history: readonly Moment[]) => Promise<string | undefined>,
  isOver: () => boolean = () => false,
): Promise<{ readonly history: readonly Moment[]; readonly difference: string } | undefined> {
  let shortest: { history: readonly Moment[]; difference: string } | undefined;
  const fails = async (candidate: readonly Moment[]) => {
    const tries = candidate.some((moment) => moment.length > 1) ? TRIES_AT_ONCE : 1;
    for (let nth = 0; nth < tries; nth++) {
      const difference = await differs(candidate);
      if (difference === undefined) continue;
      shortest = { history: candidate, difference };
      return true;
    }
    return false;
  };
  if (!(await fails(history))) return undefined;
  const current = () => shortest?.history ?? history;
  for (let before = ''; before !== JSON.stringify(current()) && !isOver(); ) {
    before = JSON.stringify(current());
    await shrinkList(current(), fails, isOver);
    for (let at = 0; at < current().length && !isOver(); at++) await shrinkMoment(current, at, fails, isOver);
  }
  return shortest;
}

type Fails = (candidate: readonly Moment[]) => Promise<boolean>;

async function shrinkMoment(current: () => readonly Moment[], at: number, fails: Fails, isOver: () => boolean) {
  const withMoment = (moment: Moment) => current().with(at, moment);
  const steps = current()[at] as Moment;
  // sequential steps are simpler than concurrent ones
  if (steps.length > 1)
    await fails(current().flatMap((moment, nth) => (nth === at ? steps.map((one) => [one]) : [moment])));
  await shrinkList(current()[at] as Moment, (part) => fails(withMoment(part)), isOver);
  const moment = () => current()[at] as Moment;
  for (let nth = 0; nth < moment().length; nth++) {
    const withStep = (step: object) => withMoment(moment().with(nth, step as Step));
    await shrinkValue(moment()[nth] as Step, (step) => fails(withStep(step)), isOver);
  }
}

/** Simplifies the members of an object one by one, recursively. */
async function shrinkValue(
  value: object,
  fails: (plainer: object) => Promise<boolean>,
  isOver: () => boolean,
): Promise<void> {
  let plainest = value;
  for (const [name, member] of Object.entries(value)) {
    const withMember = (to: unknown) => ({ ...plainest, [name]: to });
    const isPlainer = async (to: unknown) => {
      if (isOver() || !(await fails(withMember(to)))) return false;
      plainest = withMember(to);
      return true;
    };
    if (Array.isArray(member)) {
      await shrinkList<unknown>(member, isPlainer, isOver);
      continue;
    }
    if (typeof member === 'object' && member !== null) await shrinkValue(member, isPlainer, isOver);
    else await firstPlainer(plainerThan(name, member), member, isPlainer);
  }
}

/** Members that can be left out. */
const LEFT_OUT = new Set([
  ...['key', 'batchSize', 'countOff', 'asOf', 'start', 'end', 'bars'],
  ...['status', 'priceDecimals', 'firedStatus', 'deliveryStatus'],
]);
/** Values of other members, the simplest first. Members that are not listed define the step, and stay. */
const PLAINER: Readonly<Record<string, readonly unknown[]>> = {
  ...{ format: ['json'], order: ['asc'], interval: ['1m'], symbol: [0], limit: [5], pick: [0] },
};

function plainerThan(name: string, member: unknown): readonly unknown[] {
  if (typeof member === 'boolean') return [false];
  return LEFT_OUT.has(name) ? [null] : (PLAINER[name] ?? []);
}

async function firstPlainer(
  candidates: readonly unknown[],
  member: unknown,
  isPlainer: (to: unknown) => Promise<boolean>,
): Promise<void> {
  for (const to of candidates) {
    if (to === member) return;
    if (await isPlainer(to)) return;
  }
}
