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

/** What the clocks of a zone did in half a month. Seconds. */
interface HalfMonth {
  /** What midnights and changes of clocks are multiples of. */
  readonly step: number;
  /** Whether a midnight was shown twice, because clocks were set back over it. */
  readonly repeatsMidnight: boolean;
}

/** A period, in seconds since 1970. */
interface Period {
  readonly from: number;
  readonly until: number;
}

const known = new Map<string, HalfMonth[]>();

/** The half months of a period, and one before and after it. Each one of a zone is looked at once. */
function* halfMonthsOf(timeZone: string, { from, until }: Period): Generator<HalfMonth> {
  const ofZone = known.get(timeZone) ?? [];
  known.set(timeZone, ofZone);
  let offsetAt: ((seconds: number) => number) | undefined;
  const first = Math.max(0, Math.floor(from / HALF_MONTH) - 1);
  for (let nth = first; nth <= Math.ceil(until / HALF_MONTH) + 1; nth++) {
    offsetAt ??= ofZone[nth] === undefined ? offsetReader(timeZone) : undefined;
    ofZone[nth] ??= lookAt(offsetAt as (seconds: number) => number, nth * HALF_MONTH);
    yield ofZone[nth] as HalfMonth;
  }
}

/** No zone changes its clocks twice in half a month. */
function lookAt(offsetAt: (seconds: number) => number, at: number): HalfMonth {
  const [before, after] = [offsetAt(at - HALF_MONTH), offsetAt(at)];
  if (before === after) return { step: greatestDivisor(DAY, after), repeatsMidnight: false };
  const change = findChange(offsetAt, at - HALF_MONTH, at);
  return {
    step: [after, change].reduce(greatestDivisor, DAY),
    // clocks go back from change + before to change + after: the first midnight from there on is shown again
    repeatsMidnight: Math.ceil((change + after) / DAY) * DAY < change + before,
  };
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? Math.abs(a) : greatestDivisor(b, a % b));

/**
 * Whether midnights of a zone between two times, and the changes of its clocks, are at multiples of so many seconds: of 3,600 in
 * most zones, of 900 in nearly all, of a day where the clocks show UTC.
 */
export function midnightsAlign(timeZone: string, seconds: number, period: Period): boolean {
  for (const { step } of halfMonthsOf(timeZone, period)) if (step % seconds !== 0) return false;
  return true;
}

/** Whether clocks that were set back have shown a midnight twice in a period: in the Azores and in Havana once per year. */
export function repeatsMidnight(timeZone: string, period: Period): boolean {
  for (const halfMonth of halfMonthsOf(timeZone, period)) if (halfMonth.repeatsMidnight) return true;
  return false;
}
