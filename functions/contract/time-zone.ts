import type { WallClock } from './time.ts';
import { findChange, offsetReader } from './zone-offsets.ts';

/** Wall-clock times of an IANA zone as instants. Seconds since 1970 inside; the platform's `Intl` knows the zones. */

const DAY = 86_400;

/** Whether the platform knows a zone by this name. Offsets such as `+01:00` are no names. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone do on one day of theirs. */
interface Day {
  /** Seconds ahead of UTC, before the clocks are changed. */
  readonly before: number;
  /** And after; the same on most days. */
  readonly after: number;
  /** When they are changed, in seconds since 1970. */
  readonly change: number;
}

/**
 * The clocks of a zone. Looks up each day once, so a file costs two calls of `Intl` per day of it, and some 20 for a day on
 * which the clocks change. A day here is one of the wall clock with its neighbours: no zone changes its clocks twice in so short a time.
 * @param repeatedHour which one is meant, where clocks that are set back show a time twice
 */
export function wallClockOf(timeZone: string, repeatedHour: 'first' | 'second' = 'first'): WallClock {
  const offsetAt = offsetReader(timeZone);
  const days = new Map<number, Day>();
  let latest = Number.NaN;
  let day: Day = { before: 0, after: 0, change: 0 };
  return (wallMicros) => {
    const number = Math.floor(wallMicros / (DAY * 1e6));
    if (number !== latest) {
      day = days.get(number) ?? findDay(offsetAt, number);
      days.set(number, day);
      latest = number;
    }
    const { before, after, change } = day;
    const early = wallMicros - before * 1e6;
    if (before === after) return early;
    const late = wallMicros - after * 1e6;
    const isEarly = early < change * 1e6;
    const isLate = late >= change * 1e6;
    if (isEarly && isLate) return repeatedHour === 'first' ? early : late;
    if (isEarly) return early;
    return isLate ? late : 'skipped_time';
  };
}

function findDay(offsetAt: (seconds: number) => number, number: number): Day {
  const start = (number - 1) * DAY;
  const end = (number + 2) * DAY;
  const [before, after] = [offsetAt(start), offsetAt(end)];
  return { before, after, change: before === after ? 0 : findChange(offsetAt, start, end) };
}
