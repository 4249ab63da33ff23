import { describe, expect, test } from 'vitest';
import { faultsText, type PlannedFault, parseFaults, planFaults } from '../ordeal/plan-faults.ts';
import { shrinkFaults } from '../ordeal/shrink-faults.ts';
import { shrinkList } from '../ordeal/shrink-list.ts';

/** Long runs of faults: repeatable by their seed and by their list, and made shorter where they differ. */

const NAMES = ['disk full', 'functions killed', 'the pooler’s connections reset'];
const KINDS = { names: NAMES, canOverlap: (first: string, second: string) => first !== second };

test('a seed draws the same faults again, with each kind once before any repeats', () => {
  const drawn = planFaults(KINDS, 20, 7);
  expect(planFaults(KINDS, 20, 7)).toEqual(drawn);
  expect(planFaults(KINDS, 20, 8)).not.toEqual(drawn);
  expect(drawn.slice(0, 3).map(({ name }) => name)).toEqual(NAMES);
  expect(planFaults(KINDS, 2, 7)).toEqual(drawn.slice(0, 2));
});

test('a list contains all that a run needs, and an unknown fault is refused by name', () => {
  const drawn = planFaults(KINDS, 20, 7);
  expect(parseFaults(faultsText(drawn), NAMES)).toEqual(drawn);
  const pairs = drawn.filter(({ second }) => second !== undefined);
  expect(pairs.length).toBeGreaterThan(0);
  for (const { name, second } of pairs) expect(second?.name).not.toBe(name);
  expect(() => parseFaults('disk empty@1+2#3', NAMES)).toThrow('disk empty@1+2#3 is not NAME@AFTER+LASTS#SEED');
  expect(() => parseFaults('disk full@1+2', NAMES)).toThrow('NAME of disk full, functions killed');
});

/** A list of numbers fails where it has all of these. */
const failsWith =
  (needed: readonly number[], tried: number[][] = []) =>
  async (part: readonly number[]) => {
    tried.push([...part]);
    return needed.every((one) => part.includes(one));
  };

test.each([[[3]], [[0, 24]], [[7, 8, 19]], [[...Array(25).keys()]]])(
  'of 25 faults those that cause the difference remain, in order: %j',
  async (needed) => {
    const tried: number[][] = [];
    expect(await shrinkList([...Array(25).keys()], failsWith(needed, tried))).toEqual(needed);
    expect(new Set(tried.map((part) => part.join())).size).toBe(tried.length);
  },
);

test('a search that runs out of time returns the shortest list so far', async () => {
  let tries = 0;
  const shortest = await shrinkList([...Array(64).keys()], failsWith([5]), () => ++tries > 3);
  expect(shortest).toContain(5);
  expect(shortest.length).toBeLessThan(64);
});

describe('the faults that cause the difference of a round', () => {
  const round = planFaults(KINDS, 25, 7);
  const never = () => false;
  const guilty = round[4] as PlannedFault;

  test('are a single fault if it causes the difference alone, in some of several tries', async () => {
    const tried: number[] = [];
    const fails = async (part: readonly PlannedFault[]) => {
      tried.push(part.length);
      return part.filter((fault) => fault === guilty).length > 2;
    };
    const shortest = await shrinkFaults(round, [round[3] as PlannedFault, guilty], fails, never);
    expect(new Set(shortest)).toEqual(new Set([guilty]));
    expect(shortest?.length).toBeLessThan(8);
    expect(Math.max(...tried)).toBeLessThan(round.length);
  });

  test('are searched in the whole round if none causes it alone', async () => {
    const needed = [round[9], round[20]];
    const fails = async (part: readonly PlannedFault[]) => needed.every((one) => part.includes(one as PlannedFault));
    expect(await shrinkFaults(round, [guilty], fails, never)).toEqual(needed);
  });

  test('are unknown if the difference does not occur again', async () => {
    expect(await shrinkFaults(round, [guilty], async () => false, never)).toBeUndefined();
  });
});
