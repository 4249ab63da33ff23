import { Random } from '../fuzz/random.ts';

/**
 * One fault of a run. As text it is `NAME@AFTER+LASTS#SEED`, and with one that comes while it holds, `… & NAME@AFTER+LASTS#SEED`; a
 * list of them repeats a run.
 */
export interface PlannedFault {
  readonly name: string;
  /** How long the clients, or the fault before, are let alone before it. Milliseconds. */
  readonly afterMs: number;
  /** How long it stays. Milliseconds. */
  readonly lastsMs: number;
  /** Of what the fault itself draws, such as which process it hits. */
  readonly seed: number;
  /** One that comes while this one holds; then both go. */
  readonly second?: PlannedFault;
}

/** What a plan draws from: the names of the faults, and which of them can hold at once. */
export interface FaultKinds {
  readonly names: readonly string[];
  readonly canMeet: (first: string, second: string) => boolean;
}

const MOST_QUIET_MS = 400;
const MOST_LASTING_MS = 900;
const ANY_SEED = 2 ** 31;
/** Of the faults that are drawn, one in this many meets a second one. */
const PAIRS = 3;

/**
 * Each of the faults once, as far as there is room, then at random, a third of them with a second one while they hold. The same for
 * the same seed and kinds.
 */
export function planFaults({ names, canMeet }: FaultKinds, runs: number, seed: number): PlannedFault[] {
  const random = new Random(seed);
  const draw = (name: string): PlannedFault => ({
    name,
    afterMs: random.below(MOST_QUIET_MS),
    lastsMs: random.below(MOST_LASTING_MS),
    seed: random.below(ANY_SEED),
  });
  return Array.from({ length: runs }, (_, nth) => {
    const only = names[nth];
    if (only !== undefined) return draw(only);
    const fault = draw(random.pick(names));
    const others = names.filter((other) => canMeet(fault.name, other));
    if (random.below(PAIRS) > 0 || others.length === 0) return fault;
    return { ...fault, second: draw(random.pick(others)) };
  });
}

export const faultsText = (faults: readonly PlannedFault[]): string => faults.map(faultText).join('; ');

/** A fault, and the one that meets it. */
export const faultText = ({ name, afterMs, lastsMs, seed, second }: PlannedFault): string =>
  `${name}@${afterMs}+${lastsMs}#${seed}${second === undefined ? '' : ` & ${faultText(second)}`}`;

/**
 * Reads what `faultsText` has written.
 * @throws Error naming what is not a fault, and the faults there are
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
