import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histories } from '../model/draw-histories.ts';

/** What histories draw: a member that always is the same would be one that nobody tries. */

/** Members of drawn steps by what they belong to, those of objects within them included; of a list only whether it is empty. */
function* membersOf(of: string, value: object): Generator<[name: string, value: unknown]> {
  for (const [name, member] of Object.entries(value)) {
    const path = `${of}.${name}`;
    if (Array.isArray(member)) {
      for (const item of member) if (typeof item === 'object' && item !== null) yield* membersOf(path, item);
    } else if (typeof member === 'object' && member !== null) yield* membersOf(path, member);
    else yield [path, member];
  }
}

/** One kind of step by its `do`, and of several forms of a selection each by itself. */
const kindOf = (step: object): string => {
  const { do: what, selection } = step as { do: string; selection?: { by: string } };
  return selection === undefined ? what : `${what} by ${selection.by}`;
};

test('each member of each kind of step is drawn with several values, and one that can be null with others', () => {
  const values = new Map<string, Map<unknown, number>>();
  for (const step of fc.sample(histories, { seed: 1, numRuns: 1_000 }).flat(2)) {
    for (const [name, value] of membersOf(kindOf(step), step)) {
      const counts = values.get(name) ?? new Map<unknown, number>();
      values.set(name, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  }
  const isFixed = (name: string) => /\.(do|selection\.by|interval)$/.test(name);
  const constant = [...values].filter(([name, counts]) => !isFixed(name) && counts.size === 1).map(([name]) => name);
  expect(constant).toEqual([]);
  const seldom = [...values].filter(([, counts]) => {
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const nulls = counts.get(null) ?? 0;
    return nulls > 0 && all - nulls < all / 10;
  });
  expect(seldom.map(([name]) => name)).toEqual([]);
  // and each kind of step, with and without a key
  for (const kind of ['deletion by operation', 'restoration by batch', 'ingest']) {
    const keys = values.get(`${kind}.key`) as Map<unknown, number>;
    expect([...keys.keys()].toSorted(), kind).toEqual([0, 1, 2, 3, null]);
  }
});
