/** What the clocks of IANA zones show, as the platform's `Intl` knows it. */

const DAY = 86_400;

/** Reads a zone's offset at an instant, both in seconds. Some microseconds per call. */
export function offsetReader(timeZone: string): (seconds: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (seconds) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds;
  };
}

/** The first second of the later offset, where a zone has one offset at `start` and another at `end`. */
export function findChange(offsetAt: (seconds: number) => number, start: number, end: number): number {
  const before = offsetAt(start);
  let [low, high] = [start, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

const HALF_MONTH = 15 * DAY;
/** What the offset of a zone, and the change of its clocks since half a month before, are multiples of; by half month. Seconds. */
const steps = new Map<string, number[]>();

/**
 * Whether midnights of a zone between two times, and the changes of its clocks, are at multiples of so many seconds: of 3,600 in
 * most zones, of 900 in nearly all, of a day where the clocks show UTC. Looks at each half month of a zone once.
 * @param from seconds since 1970
 * @param until seconds since 1970
 */
export function midnightsAlign(timeZone: string, seconds: number, from: number, until: number): boolean {
  const known = steps.get(timeZone) ?? [];
  steps.set(timeZone, known);
  let offsetAt: ((seconds: number) => number) | undefined;
  for (let nth = Math.floor(from / HALF_MONTH) - 1; nth <= Math.ceil(until / HALF_MONTH) + 1; nth++) {
    if (nth < 0) continue;
    offsetAt ??= known[nth] === undefined ? offsetReader(timeZone) : undefined;
    known[nth] ??= stepOf(offsetAt as (seconds: number) => number, nth * HALF_MONTH);
    if ((known[nth] as number) % seconds !== 0) return false;
  }
  return true;
}

/** No zone changes its clocks twice in half a month. */
function stepOf(offsetAt: (seconds: number) => number, at: number): number {
  const [before, after] = [offsetAt(at - HALF_MONTH), offsetAt(at)];
  const change = before === after ? 0 : findChange(offsetAt, at - HALF_MONTH, at);
  return [after, change].reduce(greatestDivisor, DAY);
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? Math.abs(a) : greatestDivisor(b, a % b));
