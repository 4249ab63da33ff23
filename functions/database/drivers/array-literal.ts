import type { ArrayParameter } from '../database.ts';

/**
 * Array parameters as Postgres' text literals, `{1,NULL,3}`, for routes whose parameters are text. Every value comes out as
 * it went in: doubles in their shortest form that reads back the same, times to the microsecond, -0 and infinities.
 */
export function arrayLiteral({ element, values }: ArrayParameter): string {
  if (element === 'text') return literalOf(values as ArrayLike<string | null>, quoted);
  const write = element === 'timestamptz' ? timestamp : element === 'float8' ? double : String;
  return literalOf(values as ArrayLike<number>, (value) => (Number.isNaN(value) ? null : write(value)));
}

/** A column without any value becomes an empty array, which `unnest` pads with nulls; as in binary. */
function literalOf<T>(values: ArrayLike<T>, write: (value: T) => string | null): string {
  const items: string[] = new Array(values.length);
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const item = write(values[i] as T);
    if (item === null) nulls++;
    items[i] = item ?? 'NULL';
  }
  return nulls === values.length ? '{}' : `{${items.join()}}`;
}

/** Always in quotes, so that no text can be taken for NULL, a brace or the next element. */
const quoted = (value: string | null): string | null =>
  value === null ? null : `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;

/** String() alone would lose the sign of -0. */
const double = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** The second that was formatted last: ticks come in order, many to a second. */
let lastSecond = Number.NaN;
let lastText = '';

/** Microseconds since 1970 as Postgres reads them, `2026-11-02T14:30:00.000001Z`. */
function timestamp(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  if (second !== lastSecond) {
    lastText = dateAndTime(second);
    lastSecond = second;
  }
  const fraction = micros - second * 1_000_000;
  return fraction === 0 ? `${lastText}Z` : `${lastText}.${String(fraction).padStart(6, '0')}Z`;
}

/** JavaScript writes years beyond 9999 with a plus sign, which Postgres does not read; it has no years before 1 AD here. */
const dateAndTime = (second: number): string => new Date(second * 1000).toISOString().slice(0, -5).replace(/^\+0?/, '');
