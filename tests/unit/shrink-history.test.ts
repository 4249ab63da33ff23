import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Moment, Step } from '../model/commands.ts';
import { histories } from '../model/draw-histories.ts';
import { shrinkHistory } from '../model/shrink-history.ts';

/** A history that differs from the model is made shorter and plainer, however much else it has. */

const stepsOf = (history: readonly Moment[]) => history.flat();
const isCorrection = (step: Step) => step.do === 'ingest' && step.replace;
const isFilter = (step: Step) => step.do === 'deletion' && step.selection.by === 'filter' && !step.dryRun;

/** Names of members with what is not there, in all that is drawn. */
const nullsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => (member === null ? [name] : nullsOf(member)))
    : [];

/** As of a service that deletes wrongly by filter after a correction. */
async function planted(history: readonly Moment[]): Promise<string | undefined> {
  const at = stepsOf(history).findIndex(isCorrection);
  return at >= 0 && stepsOf(history).slice(at).some(isFilter) ? 'one row too many' : undefined;
}

const drawn = fc.sample(histories, { seed: 3, numRuns: 300 });
const long = drawn.filter((history) => history.length > 8);

test('of a long history only the two steps remain that cause the difference, in their simplest form', async () => {
  let found = 0;
  for (const history of long) {
    if ((await planted(history)) === undefined) continue;
    found++;
    const shortest = await shrinkHistory(history, planted);
    expect(shortest?.difference).toBe('one row too many');
    expect(shortest?.history.map((moment) => moment.length)).toEqual([1, 1]);
    const [first, second] = stepsOf(shortest?.history ?? []);
    expect(first).toMatchObject({ do: 'ingest', replace: true, atomic: false, format: 'json', key: null });
    expect((first as Step & { do: 'ingest' }).records).toHaveLength(1);
    expect(second).toMatchObject({ do: 'deletion', dryRun: false, countOff: null, key: null });
  }
  expect(found).toBeGreaterThan(5);
});

test('only histories are tried that could have been drawn', async () => {
  const mayBeNull = new Set(drawn.flatMap(nullsOf));
  const tried: string[] = [];
  for (const history of long.slice(0, 20)) {
    await shrinkHistory(history, async (part) => {
      tried.push(...nullsOf(part).filter((name) => !mayBeNull.has(name)));
      return 'wrong';
    });
  }
  expect(tried).toEqual([]);
});

test('a difference that does not occur again is left as it was found', async () => {
  expect(await shrinkHistory(long[0] as readonly Moment[], async () => undefined)).toBeUndefined();
});

test('a difference that occurs only in some tries is still shortened if steps run concurrently', async () => {
  let tries = 0;
  const history = long.find((one) => one.some((moment) => moment.length > 1)) as readonly Moment[];
  const shortest = await shrinkHistory(history, async (part) =>
    part.some((moment) => moment.length > 1) && ++tries % 3 === 0 ? 'a race' : undefined,
  );
  expect(shortest?.history).toHaveLength(1);
  expect(shortest?.history[0]).toHaveLength(2);
});

test('a search whose time is up returns the shortest history so far', async () => {
  const history = long.find((one) => one.some((moment) => moment.some(isCorrection))) as readonly Moment[];
  let tries = 0;
  const hasOne = async (part: readonly Moment[]) => (stepsOf(part).some(isCorrection) ? 'wrong' : undefined);
  const shortest = await shrinkHistory(history, hasOne, () => ++tries > 2);
  expect(stepsOf(shortest?.history ?? []).some(isCorrection)).toBe(true);
});
