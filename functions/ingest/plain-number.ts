import { isTooSmall } from '../contract/epoch.ts';
import { NUMBER } from './csv-cells.ts';

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/**
 * Up to this many digits, a number is an integer divided by a power of ten, both exact as doubles. So their quotient is
 * the nearest double.
 */
const MOST_DIGITS = 15;

const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, places) => 10 ** places);

/** Reads part of a text as the number of a CSV cell; NaN if it is not a finite number, or too small for a double. Most cells need no substring. */
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

/** A number with many digits or an exponent is left to V8. */
function otherNumber(cell: string): number {
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  return Number.isFinite(value) && !isTooSmall(value, cell) ? value : Number.NaN;
}
