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

/**
 * Walks through a JSON text without building values. A method that fails leaves the position unchanged. It compares
 * character codes, because `startsWith` and slices took twice the time.
 */
export class JsonCursor {
  readonly text: string;
  /** The position of the next character, and the bounds of the last string's content. */
  #at = 0;
  #from = 0;
  #to = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Consumes one structural character, given by its code, and the white space before it. */
  take(code: number): boolean {
    if (this.#next() !== code) return false;
    this.#at++;
    return true;
  }

  /** Consumes exactly this text, and the white space before it. */
  takeText(expected: string): boolean {
    if (this.#next() !== expected.charCodeAt(0)) return false;
    const at = this.#at;
    for (let i = 1; i < expected.length; i++) if (this.text.charCodeAt(at + i) !== expected.charCodeAt(i)) return false;
    this.#at = at + expected.length;
    return true;
  }

  /** Moves to a position if only white space lies before it. False otherwise, also if the position has been passed. */
  skipTo(end: number): boolean {
    let at = this.#at;
    while (at < end && isWhite(this.text.charCodeAt(at))) at++;
    if (at !== end) return false;
    this.#at = end;
    return true;
  }

  isAtEnd(): boolean {
    this.#next();
    return this.#at === this.text.length;
  }

  /** Consumes a string without escapes or control characters; `from`, `to` and `content` then describe it. */
  takeString(): boolean {
    if (this.#next() !== QUOTE) return false;
    let at = this.#at + 1;
    let code = this.text.charCodeAt(at);
    while (code >= SPACE && code !== QUOTE && code !== BACKSLASH) code = this.text.charCodeAt(++at);
    if (code !== QUOTE) return false;
    this.#from = this.#at + 1;
    this.#to = at;
    this.#at = at + 1;
    return true;
  }

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  get content(): string {
    return this.text.slice(this.#from, this.#to);
  }

  /**
   * The next value as `JSON.parse` reads it if it is a finite number, else NaN.
   * @param exact accepts only numbers that a double holds exactly: up to 15 digits, without an exponent
   */
  number(exact: boolean): number {
    const isNegative = this.#next() === MINUS;
    const start = this.#at;
    const whole = isNegative ? start + 1 : start;
    let at = whole;
    let magnitude = 0;
    let code = this.text.charCodeAt(at);
    for (; code >= ZERO && code <= NINE; code = this.text.charCodeAt(++at)) magnitude = magnitude * 10 + (code - ZERO);
    // JSON numbers have at least one digit and no leading zero
    if (at === whole || (at > whole + 1 && this.text.charCodeAt(whole) === ZERO)) return Number.NaN;
    let digits = at - whole;
    let places = 0;
    if (code === POINT) {
      const point = at;
      code = this.text.charCodeAt(++at);
      for (; code >= ZERO && code <= NINE; code = this.text.charCodeAt(++at))
        magnitude = magnitude * 10 + (code - ZERO);
      places = at - point - 1;
      if (places === 0) return Number.NaN;
      digits += places;
    }
    // e and E
    if (digits > MOST_DIGITS || (code | 32) === 101) return exact ? Number.NaN : this.#longNumber(start);
    this.#at = at;
    const value = places === 0 ? magnitude : magnitude / (POWERS[places] as number);
    return isNegative ? -value : value;
  }

  /** A number with many digits or an exponent is left to V8. */
  #longNumber(start: number): number {
    LONG_NUMBER.lastIndex = start;
    const [written] = LONG_NUMBER.exec(this.text) ?? [];
    const value = Number(written);
    if (written === undefined || !Number.isFinite(value)) return Number.NaN;
    this.#at = start + written.length;
    return value;
  }

  /** The code of the next character that is not white space. */
  #next(): number {
    let code = this.text.charCodeAt(this.#at);
    while (code <= SPACE && isWhite(code)) code = this.text.charCodeAt(++this.#at);
    return code;
  }
}

/** Space, line feed, carriage return, tab. */
const isWhite = (code: number): boolean => code === SPACE || code === 10 || code === 13 || code === 9;

const LONG_NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
