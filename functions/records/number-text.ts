import { roundPrice } from './record-rows.ts';

/**
 * Texts of doubles. Postgres writes a double as the shortest text that reads back as it, and so does JSON.stringify: of a plain
 * decimal the two are the same, `-0` apart. They differ in when they use an exponent and in how they write it. Rounding to as
 * many decimals as the shortest text has, or more, is always the same double again.
 */

/** The number of a double that may be text. */
export const numberOf = (value: number | string): number => (typeof value === 'string' ? Number(value) : value);

/**
 * A double as JSON has it.
 * @param value null, a number, or Postgres' text of one
 * @param decimals what it is rounded to; undefined leaves it as it is
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

/** How many decimals a plain text of a number has; infinitely many where it is not plain, or minus zero, which JSON has as 0. */
function decimalsOf(text: string): number {
  let point = text.length - 1;
  for (let at = text.charCodeAt(0) === MINUS ? 1 : 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT) point = at;
    else if (code < ZERO || code > NINE) return Number.POSITIVE_INFINITY;
  }
  return text === '-0' ? Number.POSITIVE_INFINITY : text.length - 1 - point;
}
