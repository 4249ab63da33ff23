import type { BackendName } from '../support/backends/backends.ts';
import { faultsText, type PlannedFault } from './plan-faults.ts';
import { type OrdealReport, runOrdeal } from './run-ordeal.ts';
import { shrinkFaults } from './shrink-faults.ts';

/**
 * Searches for the shortest list of faults that still causes a difference. Each try uses a service of its own.
 * @param report the report of the run, whose last round had a difference
 * @param minutes the time limit, after which it returns the shortest list so far
 * @returns undefined if the difference did not occur again
 */
export async function shrinkOrdeal(
  { backend, seed, minutes }: { backend: BackendName; seed: number; minutes: number },
  { round, suspects }: OrdealReport,
  print: (line: string) => void,
): Promise<readonly PlannedFault[] | undefined> {
  const until = Date.now() + minutes * 60_000;
  const fails = async (part: readonly PlannedFault[]) => {
    const { differences } = await runOrdeal({ backend, seed, faults: faultsText(part) });
    if (differences.length > 0) print(`${part.length} faults still cause a difference: ${differences[0]}`);
    return differences.length > 0;
  };
  return shrinkFaults(round, suspects, fails, () => Date.now() > until);
}

/** The command that repeats a run with a difference. */
export const replayText = (backend: BackendName, seed: number, faults: readonly PlannedFault[]): string =>
  `npm run faults -- --backend ${backend} --seed ${seed} --faults '${faultsText(faults)}'`;

/** A report in one line. */
export const reportLine = (
  backend: BackendName,
  seed: number,
  { round: _, suspects: __, differences, ...rest }: OrdealReport,
): string => JSON.stringify({ backend, seed, differences: differences.length, ...rest });
