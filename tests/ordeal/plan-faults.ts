import { Random } from '../fuzz/random.ts';

/** One fault of a run. As text it is `NAME@AFTER+LASTS#SEED`; a list of them repeats a run. */
export interface PlannedFault {
  readonly name: string;
  /** How long the clients are let alone before it. Milliseconds. */
  readonly afterMs: number;
  /** How long it stays. Milliseconds. */
  readonly lastsMs: number;
  /** Of what the fault itself draws, such as which process it hits. */
  readonly seed: number;
}

const MOST_QUIET_MS = 400;
const MOST_LASTING_MS = 900;
const ANY_SEED = 2 ** 31;

/** Each of the faults once, as far as there is room, then at random. The same for the same seed and names. */
export function planFaults(names: readonly string[], runs: number, seed: number): PlannedFault[] {
  const random = new Random(seed);
  return Array.from({ length: runs }, (_, nth) => ({
    name: names[nth] ?? random.pick(names),
    afterMs: random.below(MOST_QUIET_MS),
    lastsMs: random.below(MOST_LASTING_MS),
    seed: random.below(ANY_SEED),
  }));
}

export const faultsText = (faults: readonly PlannedFault[]): string =>
  faults.map(({ name, afterMs, lastsMs, seed }) => `${name}@${afterMs}+${lastsMs}#${seed}`).join('; ');

/**
 * Reads what `faultsText` has written.
 * @throws Error naming what is not a fault, and the faults there are
 */
export function parseFaults(text: string, names: readonly string[]): PlannedFault[] {
  return text.split(';').map((part) => {
    const [, name = '', after, lasts, seed] = /^(.+)@(\d+)\+(\d+)#(\d+)$/.exec(part.trim()) ?? [];
    if (!names.includes(name))
      throw new Error(`${part.trim()} is not NAME@AFTER+LASTS#SEED, NAME of ${names.join(', ')}`);
    return { name, afterMs: Number(after), lastsMs: Number(lasts), seed: Number(seed) };
  });
}
