import { midnightsAlign } from '../contract/zone-offsets.ts';
import { ROLLUP_SECONDS, type RollupSeconds } from './sql/select-rolled-bars.ts';

/** The bars that a request needs. */
export interface WantedBars {
  /** Length of a bar. Seconds. */
  readonly seconds: number;
  readonly timeZone: string;
  /** Length of the stored bars that they are made of; 0 for ticks. Seconds. */
  readonly sourceSeconds: number;
  /** The period to read, [from, until). Seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** Bars up to this long begin at multiples of their length since 1970, in every zone. Seconds. */
const LONGEST_WITHOUT_ZONE = 1800;

/**
 * The longest roll-up of which the requested bars are exact multiples. Undefined if there is none, or none that is longer
 * than the stored bars.
 */
export function chooseRollup(wanted: WantedBars): RollupSeconds | undefined {
  const { seconds, timeZone, sourceSeconds } = wanted;
  return ROLLUP_SECONDS.findLast(
    (length) =>
      length > sourceSeconds &&
      seconds % length === 0 &&
      (seconds <= LONGEST_WITHOUT_ZONE || midnightsAlign(timeZone, length, wanted)),
  );
}
