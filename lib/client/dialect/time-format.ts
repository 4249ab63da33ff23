/** A time as written: wall-clock time unless the text has an offset. */
export interface ParsedTime {
  /** Microseconds since 1970, as if it were UTC. */
  readonly micros: number;
  readonly hasTimeOfDay: boolean;
  /** Whether the text contains its offset or zone, so that the time is in UTC. */
  readonly hasOffset: boolean;
}

export interface DetectedTimeFormat {
  /** In the letters of Unicode TR35, as in the API's `timeFormat`. */
  readonly pattern: string;
  readonly parse: (text: string) => ParsedTime | undefined;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** How each run of letters is parsed: a regular expression, and the part that it yields. */
const LETTERS: Readonly<Record<string, readonly [expression: string, part: string]>> = {
  yyyy: ['\\d{4}', 'year'],
  yy: ['\\d{2}', 'shortYear'],
  MMMM: ['[A-Za-z]{3,9}', 'monthName'],
  MMM: ['[A-Za-z]{3}', 'monthName'],
  MM: ['\\d{2}', 'month'],
  M: ['\\d{1,2}', 'month'],
  dd: ['\\d{2}', 'day'],
  d: ['\\d{1,2}', 'day'],
  HH: ['\\d{2}', 'hour'],
  H: ['\\d{1,2}', 'hour'],
  hh: ['\\d{2}', 'hour12'],
  h: ['\\d{1,2}', 'hour12'],
  mm: ['\\d{2}', 'minute'],
  ss: ['\\d{2}', 'second'],
  a: ['[AaPp][Mm]', 'half'],
  X: ['Z|[+-]\\d{2}(?:\\d{2})?', 'offset'],
  XXX: ['Z|[+-]\\d{2}:\\d{2}', 'offset'],
  VV: ['UTC|GMT|[A-Za-z_]+(?:/[A-Za-z_]+)+', 'zone'],
};

/**
 * Compiles a parser for one time format.
 * @param pattern in the letters of Unicode TR35; text between apostrophes is literal
 * @throws Error for a letter that is not supported
 */
export function compileTimeFormat(pattern: string): DetectedTimeFormat {
  const parts: string[] = [];
  const expression = pattern.replace(/'([^']*)'|([A-Za-z])\2*|[^A-Za-z']/g, (token, quoted: string | undefined) => {
    if (quoted !== undefined) return literally(quoted);
    if (/^S+$/.test(token)) {
      parts.push('fraction');
      return `(\\d{${token.length}})`;
    }
    if (!/[A-Za-z]/.test(token)) return literally(token);
    const [digits, part] = LETTERS[token] ?? [];
    if (digits === undefined || part === undefined) throw new Error(`the time format has the unknown letters ${token}`);
    parts.push(part);
    return `(${digits})`;
  });
  const matcher = new RegExp(`^${expression}$`);
  const hasTimeOfDay = parts.some((part) => part.startsWith('hour'));
  const hasOffset = parts.includes('offset') || parts.includes('zone');
  return {
    pattern,
    parse: (text) => {
      const match = matcher.exec(text);
      if (match === null) return undefined;
      const micros = microsOf(Object.fromEntries(parts.map((part, i) => [part, match[i + 1] ?? ''])));
      return micros === undefined ? undefined : { micros, hasTimeOfDay, hasOffset };
    },
  };
}

const literally = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function microsOf(parts: Readonly<Record<string, string>>): number | undefined {
  const {
    shortYear,
    monthName,
    hour12,
    half,
    fraction = '',
    minute = '0',
    second = '0',
    offset = 'Z',
    zone = 'UTC',
  } = parts;
  const year = shortYear === undefined ? Number(parts['year']) : fullYear(Number(shortYear));
  const named = monthName === undefined ? -1 : MONTHS.indexOf(monthName.slice(0, 3).toLowerCase());
  const month = monthName === undefined ? Number(parts['month']) : named + 1;
  const day = Number(parts['day']);
  const hour =
    hour12 === undefined ? Number(parts['hour'] ?? 0) : (Number(hour12) % 12) + (/^p/i.test(half ?? '') ? 12 : 0);
  const micros = civilMicros([year, month, day, hour, Number(minute), Number(second)], fraction);
  if (micros === undefined) return undefined;
  return zone === 'UTC' || zone === 'GMT' ? micros - offsetMicros(offset) : inZone(micros, zone);
}

/** Undefined for a zone that does not exist. */
function inZone(micros: number, zone: string): number | undefined {
  try {
    return zonedMicros(micros, zone);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Two digits are a year from 1970 to 2069, as in POSIX. */
const fullYear = (short: number): number => short + (short < 70 ? 2000 : 1900);

/** Microseconds of a date that exists in the calendar, else undefined. */
export function civilMicros(parts: readonly number[], fraction: string): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(ms).getUTCDate() !== day) return undefined;
  return ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** Parses ISO 8601 as the API does without a `timeFormat`. */
export function parseIso(text: string): ParsedTime | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', offset] = match;
  const micros = civilMicros([year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number), fraction);
  if (micros === undefined) return undefined;
  const shift = offset === undefined ? 0 : offsetMicros(offset);
  return { micros: micros - shift, hasTimeOfDay: hour !== undefined, hasOffset: offset !== undefined };
}

function offsetMicros(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60e6;
}

/** Converts a wall-clock time in a zone to UTC. Of an hour that occurs twice, the first counts. Microseconds. */
export function zonedMicros(wallMicros: number, timeZone: string): number {
  const offsets = [wallMicros - 86_400e6, wallMicros + 86_400e6].map((micros) => zoneOffsetMicros(micros, timeZone));
  const instants = offsets.map((offset) => wallMicros - offset);
  const exact = instants.filter((micros) => micros + zoneOffsetMicros(micros, timeZone) === wallMicros);
  return exact.length > 0 ? Math.min(...exact) : (instants[0] as number);
}

/** Creating one takes longer than a thousand uses. */
const zoneFormats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that does not exist */
function zoneOffsetMicros(utcMicros: number, timeZone: string): number {
  const known = zoneFormats.get(timeZone);
  const format = known ?? new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  if (known === undefined) zoneFormats.set(timeZone, format);
  const parts = format.formatToParts(Math.floor(utcMicros / 1000));
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? 0 : offsetMicros(name.slice(3));
}
