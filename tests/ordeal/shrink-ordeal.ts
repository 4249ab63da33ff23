import type { BackendName } from '../support/backends/backends.ts';
import { faultsText, type PlannedFault } from './plan-faults.ts';
import { type OrdealReport, runOrdeal } from './run-ordeal.ts';
import { shrinkList } from './shrink-list.ts';

/** A difference that depends on timing shows itself in one try of some. */
const TRIES = 3;

/**
 * The shortest list of faults found that still makes a difference, each try on a service of its own.
 * @param round the faults of the round that did
 * @param minutes after which the shortest so far has to do
 * @returns undefined where the whole round did not do it again
 */
export async function shrinkOrdeal(
  { backend, seed, minutes }: { backend: BackendName; seed: number; minutes: number },
  round: readonly PlannedFault[],
  print: (line: string) => void,
): Promise<readonly PlannedFault[] | undefined> {
  const until = Date.now() + minutes * 60_000;
  const fails = async (part: readonly PlannedFault[]) => {
    for (let tries = 0; tries < TRIES && Date.now() < until; tries++) {
      const { differences } = await runOrdeal({ backend, seed, faults: faultsText(part) });
      if (differences.length === 0) continue;
      print(`${part.length} faults make a difference still: ${differences[0]}`);
      return true;
    }
    return false;
  };
  if (!(await fails(round))) return undefined;
  return shrinkList(round, fails, () => Date.now() > until);
}

/** What a person needs to repeat a run that differed. */
export const replayText = (backend: BackendName, seed: number, faults: readonly PlannedFault[]): string =>
  `npm run faults -- --backend ${backend} --seed ${seed} --faults '${faultsText(faults)}'`;

/** A report in one line. */
export const reportLine = (
  backend: BackendName,
  seed: number,
  { round: _, differences, ...rest }: OrdealReport,
): string => JSON.stringify({ backend, seed, differences: differences.length, ...rest });
