import { roundPrice } from './record-rows.ts';

/**
 * Texts of doubles. Postgres writes a double as the shortest text that reads back as the same double, and so does
 * JSON.stringify. For a plain decimal the two texts are the same, except for `-0`. They differ in when they use an exponent
 * and how they write it. Rounding a double to at least as many decimals as its shortest text has does not change it.
 */

/** A double as a number, from a number or from text. */
export const numberOf = (value: number | string): number => (typeof value === 'string' ? Number(value) : value);

/**
 * A double as JSON text.
 * @param value null, a number, or Postgres' text of a number
 * @param decimals how many decimals to round to; undefined does not round
 */
export function numberText(value: number | string | null, decimals?: number): string {
  if (value === null) return 'null';
  if (typeof value === 'string' && decimalsOf(value) <= (decimals ?? Number.MAX_VALUE)) return value;
  const number = numberOf(value);
  return JSON.stringify(decimals === undefined ? number : roundPrice(number, decimals));
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** The number of decimals in a plain decimal. Infinity for text with an exponent, and for `-0`, which JSON writes as 0. */
function decimalsOf(text: string): number {
  let point = text.length - 1;
  for (let at = text.charCodeAt(0) === MINUS ? 1 : 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT) point = at;
    else if (code < ZERO || code > NINE) return Number.POSITIVE_INFINITY;
  }
  return text === '-0' ? Number.POSITIVE_INFINITY : text.length - 1 - point;
}
