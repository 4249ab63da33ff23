import { isTooSmall } from '../contract/epoch.ts';

/**
 * Reads a JSON text without building values. Each function takes a position in the text and returns the position after what
 * it read. They look at the text's codes: `charCodeAt` first finds out how V8 stores the string, for each character.
 * docs/performance.md has what this saves.
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

/** Zeros behind the codes of a text, so that a position just behind it can be looked at. */
const ZEROS = 16;
const NOT_ASCII = 0xff;

/** The codes of a text by position, followed by zeros. A character that is not ASCII has 0xFF. */
export function codesOf(text: string): Buffer {
  const codes = Buffer.allocUnsafe(text.length + ZEROS);
  // any other character takes more bytes than one, and ZEROS leaves room for them
  if (codes.write(text) !== text.length)
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      codes[at] = code < 0x80 ? code : NOT_ASCII;
    }
  return codes.fill(0, text.length);
}

/** The position of the next character that is not white space. */
export const skipWhite = (codes: Uint8Array, at: number): number =>
  (codes[at] as number) > SPACE ? at : skipMoreWhite(codes, at);

function skipMoreWhite(codes: Uint8Array, from: number): number {
  let at = from;
  while (isWhite(codes[at] as number)) at++;
  return at;
}

/** Space, line feed, carriage return, tab. */
const isWhite = (code: number): boolean => code === SPACE || code === 10 || code === 13 || code === 9;

/** Whether only white space lies between two positions. False also if the first lies behind the second. */
export function isBlank(codes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && isWhite(codes[at] as number)) at++;
  return at === to;
}

/** A text to look for. It is compared in words of four characters, the last of which may overlap the one before it. */
export class Pattern {
  readonly length: number;
  readonly #words: Int32Array;
  readonly #last: number;

  /** @param ascii at least four characters */
  constructor(ascii: string) {
    const view = viewOf(Buffer.from(ascii));
    this.length = ascii.length;
    this.#words = Int32Array.from({ length: ascii.length >> 2 }, (_, word) => view.getInt32(4 * word));
    this.#last = view.getInt32(ascii.length - 4);
  }

  /** Whether it stands at a position. */
  isAt(text: DataView, at: number): boolean {
    const end = at + this.length;
    if (end > text.byteLength || text.getInt32(end - 4) !== this.#last) return false;
    const words = this.#words;
    for (let word = 0; word < words.length; word++) if (text.getInt32(at + 4 * word) !== words[word]) return false;
    return true;
  }
}

/** A view of codes, for `Pattern`. */
export const viewOf = (codes: Buffer): DataView => new DataView(codes.buffer, codes.byteOffset, codes.length);

/** The position behind a string without escapes or control characters. */
export function skipString(codes: Uint8Array, from: number): number {
  if (codes[from] !== QUOTE) return ODD;
  let at = from + 1;
  let code = codes[at] as number;
  while (code >= SPACE && code !== QUOTE && code !== BACKSLASH) code = codes[++at] as number;
  return code === QUOTE ? at + 1 : ODD;
}

/** Reads the numbers of a text. */
export class JsonNumber {
  /** The last number, as `JSON.parse` reads it. */
  value = Number.NaN;
  readonly #text: string;
  readonly #codes: Uint8Array;

  /** @param codes `codesOf` the text */
  constructor(text: string, codes: Uint8Array) {
    this.#text = text;
    this.#codes = codes;
  }

  /**
   * Reads a finite number that is not too small for a double.
   * @param exact accepts only numbers that a double holds exactly: up to 15 digits, without an exponent
   */
  read(start: number, exact: boolean): number {
    const codes = this.#codes;
    const isNegative = codes[start] === MINUS;
    const whole = isNegative ? start + 1 : start;
    let at = whole;
    let magnitude = 0;
    let code = codes[at] as number;
    for (; code >= ZERO && code <= NINE; code = codes[++at] as number) magnitude = magnitude * 10 + (code - ZERO);
    // JSON numbers have at least one digit and no leading zero
    if (at === whole || (at > whole + 1 && codes[whole] === ZERO)) return ODD;
    let digits = at - whole;
    let places = 0;
    if (code === POINT) {
      const point = at;
      code = codes[++at] as number;
      for (; code >= ZERO && code <= NINE; code = codes[++at] as number) magnitude = magnitude * 10 + (code - ZERO);
      places = at - point - 1;
      if (places === 0) return ODD;
      digits += places;
    }
    // e and E
    if (digits > MOST_DIGITS || (code | 32) === 101) return exact ? ODD : this.#readLong(start);
    if (places > 0) magnitude /= POWERS[places] as number;
    this.value = isNegative ? -magnitude : magnitude;
    return at;
  }

  /** A number with many digits or an exponent is left to V8. */
  #readLong(start: number): number {
    LONG_NUMBER.lastIndex = start;
    const [written] = LONG_NUMBER.exec(this.#text) ?? [];
    const value = Number(written);
    if (written === undefined || !Number.isFinite(value) || isTooSmall(value, written)) return ODD;
    this.value = value;
    return start + written.length;
  }
}

const LONG_NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
