import { type MissingOffset, offsetMicros, type TimeProblem, withoutOffset } from './time.ts';
import { isTimeZone, wallClockOf } from './time-zone.ts';

/** Times in a declared form: patterns in the letters of Unicode TR35, as `timeFormat` takes them. */

/** A parsed `timeFormat`. */
export interface TimeFormat {
  readonly pattern: string;
  /** Microseconds since 1970, or what is wrong. */
  readonly parse: (text: string, missingOffset: MissingOffset, truncate?: boolean) => number | TimeProblem;
}

/** A pattern that cannot be used; the message says why, and what would do. */
export class TimeFormatError extends Error {
  override readonly name = 'TimeFormatError';
}

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
];

type TimePart =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'hour'
  | 'hour12'
  | 'minute'
  | 'second'
  | 'fraction';
type Piece = TimePart | 'half' | 'offset' | 'zone' | 'weekday';

/** How each run of letters is read: a regular expression, and what it gives. */
const LETTERS: Readonly<Record<string, readonly [expression: string, piece: Piece]>> = {
  yyyy: ['\\d{4}', 'year'],
  y: ['\\d{4}', 'year'],
  uuuu: ['\\d{4}', 'year'],
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
  m: ['\\d{1,2}', 'minute'],
  ss: ['\\d{2}', 'second'],
  s: ['\\d{1,2}', 'second'],
  a: ['[AaPp]\\.?[Mm]\\.?', 'half'],
  E: ['[A-Za-z]{2,3}', 'weekday'],
  EEE: ['[A-Za-z]{2,3}', 'weekday'],
  EEEE: ['[A-Za-z]{6,9}', 'weekday'],
  X: ['Z|[+-]\\d{2}(?:\\d{2})?', 'offset'],
  XX: ['Z|[+-]\\d{4}', 'offset'],
  XXX: ['Z|[+-]\\d{2}:\\d{2}', 'offset'],
  x: ['[+-]\\d{2}(?:\\d{2})?', 'offset'],
  xx: ['[+-]\\d{4}', 'offset'],
  xxx: ['[+-]\\d{2}:\\d{2}', 'offset'],
  Z: ['[+-]\\d{4}', 'offset'],
  ZZZZZ: ['Z|[+-]\\d{2}:\\d{2}', 'offset'],
  VV: ['[A-Za-z][A-Za-z0-9_+/-]*', 'zone'],
};

/** Letters that other libraries use, and the ones that are meant. */
const MISTAKES: Readonly<Record<string, string>> = {
  YYYY: 'yyyy',
  YY: 'yy',
  DD: 'dd',
  D: 'd',
  T: "'T'",
  fff: 'SSS',
  tt: 'a',
  A: 'a',
};

/**
 * Makes a reader of one form. Text between apostrophes stands for itself, and so does every other character.
 * @throws TimeFormatError for letters that are not supported, or a pattern without a year, a month and a day
 */
export function compileTimeFormat(pattern: string): TimeFormat {
  if (pattern.includes('%')) throw new TimeFormatError('uses % as strptime does: write yyyy-MM-dd HH:mm:ss');
  const pieces: Piece[] = [];
  const expression = pattern.replace(
    /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z]/g,
    (token, quoted: string | undefined) => {
      if (quoted !== undefined) return literally(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
      if (!/^[A-Za-z]/.test(token)) return literally(token);
      const [letters, piece] = /^S+$/.test(token) ? ([`\\d{${token.length}}`, 'fraction'] as const) : lettersOf(token);
      pieces.push(piece);
      return `(${letters})`;
    },
  );
  checkPieces(pieces);
  const matcher = new RegExp(`^${expression}$`, 'i');
  return {
    pattern,
    parse: (text, missingOffset, truncate = false) => {
      const match = matcher.exec(text);
      return match === null ? 'invalid_timestamp' : instantOf(pieces, match, missingOffset, truncate);
    },
  };
}

const literally = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function lettersOf(token: string): readonly [string, Piece] {
  const known = LETTERS[token];
  if (known !== undefined) return known;
  const meant = MISTAKES[token];
  const hint = meant === undefined ? 'put text between apostrophes' : `write ${meant}`;
  throw new TimeFormatError(
    `has the letters ${token.slice(0, 20)}, which Unicode TR35 patterns here do not have: ${hint}`,
  );
}

function checkPieces(pieces: readonly Piece[]): void {
  const has = (...some: Piece[]) => some.some((piece) => pieces.includes(piece));
  if (!has('year', 'shortYear') || !has('month', 'monthName') || !has('day'))
    throw new TimeFormatError('needs a year, a month and a day, such as yyyy-MM-dd');
  const repeated = pieces.find((piece, at) => piece !== 'weekday' && pieces.indexOf(piece) !== at);
  if (repeated !== undefined) throw new TimeFormatError(`says the ${repeated} twice`);
  if (has('hour12') && !has('half'))
    throw new TimeFormatError('has hours of 1 to 12 and no a for AM and PM: write HH, or add a');
}

function instantOf(
  pieces: readonly Piece[],
  match: RegExpExecArray,
  missingOffset: MissingOffset,
  truncate: boolean,
): number | TimeProblem {
  const numbers = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  let micros = 0;
  let isAfternoon: boolean | undefined;
  let offset: string | undefined;
  let zone: string | undefined;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Piece;
    const text = match[i + 1] as string;
    if (piece === 'shortYear') numbers.year = Number(text) + (Number(text) < 70 ? 2000 : 1900);
    else if (piece === 'monthName') numbers.month = monthOf(text);
    else if (piece === 'hour12') {
      numbers.hour = Number(text) % 12;
      if (Number(text) < 1 || Number(text) > 12) return 'invalid_timestamp';
    } else if (piece === 'fraction') {
      if (!truncate && /[1-9]/.test(text.slice(6))) return 'too_precise';
      micros = Number(text.slice(0, 6).padEnd(6, '0'));
    } else if (piece === 'half') isAfternoon = /^p/i.test(text);
    else if (piece === 'offset') offset = text;
    else if (piece === 'zone') zone = text;
    else if (piece !== 'weekday') numbers[piece] = Number(text);
  }
  if (isAfternoon && pieces.includes('hour12')) numbers.hour += 12;
  const wall = wallMicros(numbers) + micros;
  if (Number.isNaN(wall)) return 'invalid_timestamp';
  if (zone !== undefined) return inZone(wall, zone);
  if (offset === undefined) return withoutOffset(wall, missingOffset);
  const shift = offsetMicros(offset);
  return Number.isNaN(shift) ? 'invalid_timestamp' : wall - shift;
}

/** From 1; 0 if there is no such month. */
function monthOf(name: string): number {
  const lower = name.toLowerCase();
  return MONTHS.findIndex((month) => month === lower || (lower.length === 3 && month.startsWith(lower))) + 1;
}

/** NaN where the calendar or the clock has no such time. */
function wallMicros({
  year,
  month,
  day,
  hour,
  minute,
  second,
}: Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>): number {
  if (year < 100 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // a day that the month does not have rolls over
  return day > 28 && new Date(ms).getUTCDate() !== day ? Number.NaN : ms * 1000;
}

const clocks = new Map<string, ReturnType<typeof wallClockOf> | undefined>();

function inZone(wall: number, zone: string): number | TimeProblem {
  if (!clocks.has(zone)) {
    // names come from records: a few hundred zones exist, so more than that is noise
    if (clocks.size > 1000) clocks.clear();
    clocks.set(zone, isTimeZone(zone) ? wallClockOf(zone) : undefined);
  }
  return clocks.get(zone)?.(wall) ?? 'invalid_timestamp';
}
