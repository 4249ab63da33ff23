import { Random } from '../fuzz/random.ts';

/**
 * One fault of a run. Its text is `NAME@AFTER+LASTS#SEED`, followed by ` & NAME@AFTER+LASTS#SEED` if a second fault
 * overlaps with it. A list of such texts repeats a run.
 */
export interface PlannedFault {
  readonly name: string;
  /** The pause before it, after the previous fault. Milliseconds. */
  readonly afterMs: number;
  /** How long it lasts. Milliseconds. */
  readonly lastsMs: number;
  /** The seed for what the fault itself draws, such as which process it hits. */
  readonly seed: number;
  /** A second fault, which is injected while this one lasts. Both are lifted together. */
  readonly second?: PlannedFault;
}

/** What a plan draws from: the names of the faults, and which of them can overlap. */
export interface FaultKinds {
  readonly names: readonly string[];
  readonly canOverlap: (first: string, second: string) => boolean;
}

const MAX_QUIET_MS = 400;
const MAX_DURATION_MS = 900;
const ANY_SEED = 2 ** 31;
/** One in this many of the drawn faults has a second one. */
const PAIRS = 3;

/**
 * Plans each kind of fault once, as far as `runs` allows, and then faults at random. A third of those have a second fault.
 * The plan depends only on the seed and the kinds.
 */
export function planFaults({ names, canOverlap }: FaultKinds, runs: number, seed: number): PlannedFault[] {
  const random = new Random(seed);
  const draw = (name: string): PlannedFault => ({
    name,
    afterMs: random.below(MAX_QUIET_MS),
    lastsMs: random.below(MAX_DURATION_MS),
    seed: random.below(ANY_SEED),
  });
  return Array.from({ length: runs }, (_, nth) => {
    const only = names[nth];
    if (only !== undefined) return draw(only);
    const fault = draw(random.pick(names));
    const others = names.filter((other) => canOverlap(fault.name, other));
    if (random.below(PAIRS) > 0 || others.length === 0) return fault;
    return { ...fault, second: draw(random.pick(others)) };
  });
}

export const faultsText = (faults: readonly PlannedFault[]): string => faults.map(faultText).join('; ');

/** The text of a fault and of its second fault. */
export const faultText = ({ name, afterMs, lastsMs, seed, second }: PlannedFault): string =>
  `${name}@${afterMs}+${lastsMs}#${seed}${second === undefined ? '' : ` & ${faultText(second)}`}`;

/**
 * Parses the text of `faultsText`.
 * @throws Error with the part that is not a fault, and with the names of all faults
 */
export const parseFaults = (text: string, names: readonly string[]): PlannedFault[] =>
  text.split(';').map((part) => {
    const [first = '', second] = part.split(' & ');
    const fault = parseFault(first.trim(), names);
    return second === undefined ? fault : { ...fault, second: parseFault(second.trim(), names) };
  });

function parseFault(text: string, names: readonly string[]): PlannedFault {
  const [, name = '', after, lasts, seed] = /^(.+)@(\d+)\+(\d+)#(\d+)$/.exec(text) ?? [];
  if (!names.includes(name)) throw new Error(`${text} is not NAME@AFTER+LASTS#SEED, NAME of ${names.join(', ')}`);
  return { name, afterMs: Number(after), lastsMs: Number(lasts), seed: Number(seed) };
}
