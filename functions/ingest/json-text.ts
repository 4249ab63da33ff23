import { isTooSmall } from '../contract/epoch.ts';

/**
 * Reads a JSON text without building values. Each function takes a position in the text and returns the position after what
 * it read. They compare character codes, because `startsWith` and slices took twice the time.
 *
 * The constants are also in `plain-number.ts`. Imported from a file of their own, they made reading 1,000 records 3 to 10 %
 * slower, bundled and minified, in eight rounds in turns.
 */

/** Returned instead of a position where the text has something else. */
export const ODD = -1;

const QUOTE = 34;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const SPACE = 32;

/**
 * Up to this many digits, a number is an integer divided by a power of ten, both exact as doubles. So their quotient is
 * the nearest double.
 */
const MOST_DIGITS = 15;

const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, places) => 10 ** places);

/** The position of the next character that is not white space. */
export const skipWhite = (text: string, at: number): number =>
  text.charCodeAt(at) > SPACE ? at : skipMoreWhite(text, at);

function skipMoreWhite(text: string, from: number): number {
  let at = from;
  while (isWhite(text.charCodeAt(at))) at++;
  return at;
}

/** Space, line feed, carriage return, tab. */
const isWhite = (code: number): boolean => code === SPACE || code === 10 || code === 13 || code === 9;

/** Whether only white space lies between two positions. False also if the first lies behind the second. */
export function isBlank(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && isWhite(text.charCodeAt(at))) at++;
  return at === to;
}

/** The character codes of an ASCII text, for `isAt`. */
export const codesOf = (ascii: string): Uint8Array => Buffer.from(ascii);

/** Whether a text stands at a position. */
export function isAt(text: string, at: number, codes: Uint8Array): boolean {
  for (let i = 0; i < codes.length; i++) if (text.charCodeAt(at + i) !== codes[i]) return false;
  return true;
}

/** The position behind a string without escapes or control characters. */
export function skipString(text: string, from: number): number {
  if (text.charCodeAt(from) !== QUOTE) return ODD;
  let at = from + 1;
  let code = text.charCodeAt(at);
  while (code >= SPACE && code !== QUOTE && code !== BACKSLASH) code = text.charCodeAt(++at);
  return code === QUOTE ? at + 1 : ODD;
}

/** Reads numbers. */
export class JsonNumber {
  /** The last number, as `JSON.parse` reads it. */
  value = Number.NaN;

  /**
   * Reads a finite number that is not too small for a double.
   * @param exact accepts only numbers that a double holds exactly: up to 15 digits, without an exponent
   */
  read(text: string, start: number, exact: boolean): number {
    const isNegative = text.charCodeAt(start) === MINUS;
    const whole = isNegative ? start + 1 : start;
    let at = whole;
    let magnitude = 0;
    let code = text.charCodeAt(at);
    for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) magnitude = magnitude * 10 + (code - ZERO);
    // JSON numbers have at least one digit and no leading zero
    if (at === whole || (at > whole + 1 && text.charCodeAt(whole) === ZERO)) return ODD;
    let digits = at - whole;
    let places = 0;
    if (code === POINT) {
      const point = at;
      code = text.charCodeAt(++at);
      for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) magnitude = magnitude * 10 + (code - ZERO);
      places = at - point - 1;
      if (places === 0) return ODD;
      digits += places;
    }
    // e and E
    if (digits > MOST_DIGITS || (code | 32) === 101) return exact ? ODD : this.#readLong(text, start);
    if (places > 0) magnitude /= POWERS[places] as number;
    this.value = isNegative ? -magnitude : magnitude;
    return at;
  }

  /** A number with many digits or an exponent is left to V8. */
  #readLong(text: string, start: number): number {
    LONG_NUMBER.lastIndex = start;
    const [written] = LONG_NUMBER.exec(text) ?? [];
    const value = Number(written);
    if (written === undefined || !Number.isFinite(value) || isTooSmall(value, written)) return ODD;
    this.value = value;
    return start + written.length;
  }
}

const LONG_NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
