import { NUMBER } from './csv-cells.ts';

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** Up to so many digits a number is an integer over a power of ten, both exact as doubles, so that their quotient is the nearest one. */
const MOST_DIGITS = 15;

const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, places) => 10 ** places);

/** The finite number that a part of a text is, as a CSV cell says it; else NaN. Most need no string of their own. */
export function plainNumber(text: string, from: number, to: number): number {
  const sign = text.charCodeAt(from);
  let at = sign === MINUS || sign === PLUS ? from + 1 : from;
  const whole = at;
  let magnitude = 0;
  let places = 0;
  let code = 0;
  for (; at < to; at++) {
    code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    magnitude = magnitude * 10 + (code - ZERO);
  }
  let digits = at - whole;
  if (at < to && code === POINT) {
    const point = at++;
    for (; at < to; at++) {
      code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) break;
      magnitude = magnitude * 10 + (code - ZERO);
    }
    places = at - point - 1;
    digits += places;
  }
  if (at !== to || digits === 0 || digits > MOST_DIGITS) return otherNumber(text.slice(from, to));
  const value = places === 0 ? magnitude : magnitude / (POWERS[places] as number);
  return sign === MINUS ? -value : value;
}

/** Many digits, or an exponent: V8 knows how. */
function otherNumber(cell: string): number {
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
