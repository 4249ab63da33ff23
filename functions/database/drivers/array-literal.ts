import type { ArrayParameter, ElementType } from '../database.ts';

/**
 * An array parameter as Postgres' text, `{1,2,NULL}`: the form for a route that takes no arrays. Numbers come out as they
 * went in (shortest text that reads back as the same double, with the sign of a zero), timestamps to the microsecond.
 */
export function arrayLiteral({ element, values }: ArrayParameter): string {
  const items = new Array<string>(values.length);
  if (element === 'text') {
    const texts = values as ArrayLike<string | null>;
    for (let i = 0; i < items.length; i++) items[i] = textItem(texts[i] as string | null);
  } else {
    const numbers = values as ArrayLike<number>;
    const write = WRITERS[element];
    for (let i = 0; i < items.length; i++) {
      const value = numbers[i] as number;
      items[i] = Number.isNaN(value) ? 'NULL' : write(value);
    }
  }
  return `{${items.join(',')}}`;
}

/** Text that needs no quotes, for it cannot be mistaken for NULL or for the literal's own marks. */
const PLAIN = /^(?!null$)[\w.:/@#%+-]+$/i;

const textItem = (value: string | null): string => {
  if (value === null) return 'NULL';
  return PLAIN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
};

const WRITERS: Record<Exclude<ElementType, 'text'>, (value: number) => string> = {
  int4: String,
  int8: String,
  float8: doubleText,
  timestamptz: (micros) => `"${timestampText(micros)}"`,
};

/** A double's text. `String` would lose the sign of a zero. */
export function doubleText(value: number): string {
  return value === 0 && Object.is(value, -0) ? '-0' : String(value);
}

const DAY_MICROS = 86_400_000_000;
let lastDay = Number.NaN;
let lastDate = '';

/**
 * Microseconds since 1970 as `2022-01-31 23:59:59.500000+00`. A feed's rows are mostly of one day, whose date is kept.
 */
export function timestampText(micros: number): string {
  const day = Math.floor(micros / DAY_MICROS);
  if (day !== lastDay) {
    lastDate = dateText(new Date(day * 86_400_000));
    lastDay = day;
  }
  const [date, era = ''] = lastDate.split('|');
  const ofDay = micros - day * DAY_MICROS;
  const seconds = Math.floor(ofDay / 1_000_000);
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${date} ${time}.${String(ofDay - seconds * 1_000_000).padStart(6, '0')}+00${era}`;
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value));

/** Postgres counts no year 0, and marks the years before 1. */
function dateText(date: Date): string {
  const year = date.getUTCFullYear();
  const rest = `-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return year > 0 ? `${String(year).padStart(4, '0')}${rest}` : `${String(1 - year).padStart(4, '0')}${rest}| BC`;
}
