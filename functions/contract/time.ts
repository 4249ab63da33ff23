/** Times in the contract: ISO 8601, UTC, microseconds. Inside, a time is microseconds since 1970 as a number (< 2^53). */

/** A day. Microseconds. */
export const DAY_MICROS = 86_400_000_000;

/** ISO 8601 with `T` or a space, up to nine decimals and an optional offset. */
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** Why a text is not a valid timestamp. */
export type TimeProblem = 'invalid_timestamp' | 'missing_offset' | 'too_precise' | 'skipped_time';

/** The instant of a wall-clock time in a zone, both in microseconds since 1970; `skipped_time` where its clocks never showed it. */
export type WallClock = (wallMicros: number) => number | 'skipped_time';

/** What a text without an offset means: it is refused, UTC, or the time on a zone's clocks. */
export type MissingOffset = 'refuse' | 'utc' | WallClock;

/** The day last parsed, as its eight digits and as microseconds since 1970: a batch's rows mostly share it. */
let cachedDay = Number.NaN;
let cachedDayMicros = Number.NaN;

/**
 * Reads a timestamp. Decimals beyond microseconds must be zeros, unless they are to be cut off: nothing is rounded in silence.
 * @returns microseconds since 1970, or what is wrong
 */
export function parseTimestamp(text: string, missingOffset: MissingOffset, truncate = false): number | TimeProblem {
  const fast = parseUsual(text, 0, text.length);
  if (!Number.isNaN(fast)) return fast;
  const match = ISO.exec(text);
  if (!match) return 'invalid_timestamp';
  const [, , , , hour = '0', minute = '0', second = '0', decimals = '', offset] = match;
  const day = dayMicros(text, 0);
  if (Number.isNaN(day) || +hour > 23 || +minute > 59 || +second > 59) return 'invalid_timestamp';
  if (!truncate && decimals.length > 6 && /[^0]/.test(decimals.slice(6))) return 'too_precise';
  const micros = +decimals.slice(0, 6).padEnd(6, '0');
  const local = day + (+hour * 3600 + +minute * 60 + +second) * 1e6 + micros;
  if (offset === undefined) return withoutOffset(local, missingOffset);
  const shift = offsetMicros(offset);
  return Number.isNaN(shift) ? 'invalid_timestamp' : local - shift;
}

/** The instant of a wall-clock time that says no offset, both in microseconds since 1970. */
export function withoutOffset(wallMicros: number, missingOffset: MissingOffset): number | TimeProblem {
  if (missingOffset === 'utc') return wallMicros;
  return missingOffset === 'refuse' ? 'missing_offset' : missingOffset(wallMicros);
}

/**
 * `2022-01-31T23:59:59Z`, with up to six decimals: the form nearly every tick has. Microseconds since 1970; NaN for any other form.
 * @param from where it begins in the text, and where it ends
 */
export function parseUsual(text: string, from: number, to: number): number {
  const length = to - from;
  if (length < 20 || length > 27 || text.charCodeAt(to - 1) !== 90) return Number.NaN;
  const separator = text.charCodeAt(from + 10);
  if ((separator !== 84 && separator !== 32) || text.charCodeAt(from + 13) !== 58 || text.charCodeAt(from + 16) !== 58)
    return Number.NaN;
  const hour = twoDigits(text, from + 11);
  const minute = twoDigits(text, from + 14);
  const second = twoDigits(text, from + 17);
  if (!(hour < 24 && minute < 60 && second < 60)) return Number.NaN;
  let micros = 0;
  if (length > 20) {
    if (text.charCodeAt(from + 19) !== 46 || length === 21) return Number.NaN;
    let scale = 100_000;
    for (let i = from + 20; i < to - 1; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return Number.NaN;
      micros += digit * scale;
      scale /= 10;
    }
  }
  return dayMicros(text, from) + (hour * 3600 + minute * 60 + second) * 1e6 + micros;
}

const HYPHEN = 45;

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Midnight of the `YYYY-MM-DD` that begins there, if it exists in the calendar, else NaN. */
function dayMicros(text: string, from: number): number {
  if (text.charCodeAt(from + 4) !== HYPHEN || text.charCodeAt(from + 7) !== HYPHEN) return Number.NaN;
  const year = twoDigits(text, from) * 100 + twoDigits(text, from + 2);
  const day = (year * 100 + twoDigits(text, from + 5)) * 100 + twoDigits(text, from + 8);
  if (day === cachedDay) return cachedDayMicros;
  const written = text.slice(from, from + 10);
  const ms = Number.isNaN(day) ? Number.NaN : Date.parse(`${written}T00:00:00Z`);
  // Date.parse rolls 2023-02-30 over to March
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== written) return Number.NaN;
  cachedDay = day;
  cachedDayMicros = ms * 1000;
  return cachedDayMicros;
}

/** Microseconds that `+01:30`, `+0130`, `+01` or `Z` is ahead of UTC; NaN beyond 15:59. */
export function offsetMicros(offset: string): number {
  if (offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(':', '') || '0');
  // the widest offset in use is +14:00, Postgres' own limit 15:59
  if (hours > 15 || minutes > 59) return Number.NaN;
  return (offset[0] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60) * 1e6;
}

/** `2022-01-31T23:59:59.500000Z`: always six decimals, so that texts sort as times do. */
export function formatTimestamp(micros: number): string {
  const day = Math.floor(micros / 1e6);
  const decimals = String(micros - day * 1e6).padStart(6, '0');
  return `${new Date(day * 1000).toISOString().slice(0, 19)}.${decimals}Z`;
}

/** The earliest time the store takes. */
export const EARLIEST_MICROS = 0;
/** How far ahead of the clock a record may be. */
export const LATEST_AHEAD_MICROS = DAY_MICROS;

/** Says what is wrong with a time in a URL, for the client. */
export function explainUrlTime(problem: TimeProblem): string {
  if (problem === 'too_precise') return 'has decimals beyond microseconds: round it before sending';
  return 'must be ISO 8601, such as 2026-01-31T23:59:59.123456Z (in a URL, write + as %2B), or epoch milliseconds';
}
