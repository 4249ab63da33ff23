import type { ArrayParameter, ElementType } from '../database.ts';

/**
 * An array parameter as Postgres' text, `{1,2,NULL}`, for backends without array parameters. A number is written as the
 * shortest text that reads back as the same double, with the sign of a zero. Timestamps are exact to the microsecond. A
 * column without any value becomes an empty array, which `unnest` pads with nulls.
 *
 * Measured against one JSON parameter with `jsonb_to_recordset`, for 13 columns over the local Data API: the same time for
 * 1,000 rows, and 312 ms instead of 519 ms for 10,000. It also keeps the SQL the same as on the other backends.
 */
export function arrayLiteral({ element, values }: ArrayParameter): string {
  const items = new Array<string>(values.length);
  let nulls = 0;
  if (element === 'text') {
    const texts = values as ArrayLike<string | null>;
    for (let i = 0; i < items.length; i++) {
      const value = texts[i] as string | null;
      items[i] = value === null ? NULL : textItem(value);
      if (value === null) nulls++;
    }
  } else {
    const numbers = values as ArrayLike<number>;
    const write = WRITERS[element];
    for (let i = 0; i < items.length; i++) {
      const value = numbers[i] as number;
      items[i] = Number.isNaN(value) ? NULL : write(value);
      if (Number.isNaN(value)) nulls++;
    }
  }
  return nulls === items.length ? '{}' : `{${items.join(',')}}`;
}

const NULL = 'NULL';

/** Text that needs no quotes, because it cannot be confused with NULL or with the literal's syntax. */
const PLAIN = /^(?!null$)[\w.:/@#%+-]+$/i;

const textItem = (value: string): string => (PLAIN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`);

const WRITERS: Record<Exclude<ElementType, 'text'>, (value: number) => string> = {
  int4: String,
  int8: String,
  float8: doubleText,
  timestamptz: (micros) => `"${timestampText(micros)}"`,
};

/** A double as text. `String` would lose the sign of a zero. */
export function doubleText(value: number): string {
  return value === 0 && Object.is(value, -0) ? '-0' : String(value);
}

const DAY_MICROS = 86_400_000_000;
let lastDay = Number.NaN;
let lastDate = '';
let lastEra = '';

/** Microseconds since 1970 as `2022-01-31 23:59:59.500000+00`. A feed's rows are mostly of one day, so its date is cached. */
function timestampText(micros: number): string {
  const day = Math.floor(micros / DAY_MICROS);
  if (day !== lastDay) {
    [lastDate, lastEra] = dateText(new Date(day * 86_400_000));
    lastDay = day;
  }
  const ofDay = micros - day * DAY_MICROS;
  const seconds = Math.floor(ofDay / 1_000_000);
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${lastDate} ${time}.${String(ofDay - seconds * 1_000_000).padStart(6, '0')}+00${lastEra}`;
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value));

/** The date and the era. Postgres has no year 0, and marks years before 1 with BC. */
function dateText(date: Date): [date: string, era: string] {
  const year = date.getUTCFullYear();
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return [`${shown}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`, year > 0 ? '' : ' BC'];
}
