/** Epoch numbers: which unit they are in, and what one that is in none of the declared units looks like. */

/** Units of epoch numbers. */
export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const;
/** One of `TIME_UNITS`. */
export type TimeUnit = (typeof TIME_UNITS)[number];

/** A number as it was written, where a double would not hold all of its digits, or would be zero although it is not. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Whether a number that reads as zero is not zero, but too close to it for a double. @param text as it was written */
export const isTooSmall = (value: number, text: string): boolean => value === 0 && /^[^eE]*[1-9]/.test(text);

/** What is wrong with a number that `isTooSmall`. Follows the name of its field. */
export const TOO_SMALL = 'is too close to zero: the smallest number above zero is 5e-324';

/** Decimal places from a unit to microseconds. */
const PLACES: Record<TimeUnit, number> = { s: 6, ms: 3, us: 0, ns: -3 };

/** Microseconds, exactly, of a number in a unit; `too_precise` where it has digits below them, unless these are to be cut off. */
export function epochMicros(value: number | NumberText, unit: TimeUnit, truncate: boolean): number | 'too_precise' {
  if (typeof value === 'number' && Number.isInteger(value) && unit !== 'ns') return value * 10 ** PLACES[unit];
  return decimalMicros(textOf(value), PLACES[unit], truncate);
}

/** The shortest text that reads back as the double: for a number of up to 15 digits the text that was sent. */
const textOf = (value: number | NumberText): string => (typeof value === 'number' ? String(value) : value.text);

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

function decimalMicros(text: string, places: number, truncate: boolean): number | 'too_precise' {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const point = digits.length - fraction.length + Number(exponent) + places;
  // beyond any time, and long before a text of that many zeros is made
  if (point > 40 && digits !== '') return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const cut = Math.max(point, 0);
  if (!truncate && /[1-9]/.test(digits.slice(cut))) return 'too_precise';
  const micros = point <= 0 ? 0 : Number(digits.slice(0, point).padEnd(point, '0'));
  return sign === '-' ? 0 - micros : micros;
}

/** The integer that a value is, exactly; undefined for what is none, such as `4503599627370497.5`, which is none as text alone. */
export function integerOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  const exact = value instanceof NumberText ? decimalMicros(value.text, 0, false) : 'too_precise';
  return exact === 'too_precise' ? undefined : exact;
}

/** A number under this, and without a declared unit, may be anything. 1e11 milliseconds are March 1973. */
export const LEAST_PLAUSIBLE_MS = 1e11;

const NAMES: Record<TimeUnit, string> = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' };

/** Compact forms by their number of digits, as `timeFormat` takes them. */
const COMPACT: Readonly<Record<number, string>> = {
  8: 'yyyyMMdd',
  12: 'yyyyMMddHHmm',
  14: 'yyyyMMddHHmmss',
  17: 'yyyyMMddHHmmssSSS',
};

const CALENDAR = /^(19[7-9]\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{3})?)?)?$/;

/** The compact calendar form that digits are written in, if they are. */
export const compactFormOf = (digits: string): string | undefined =>
  CALENDAR.test(digits) ? COMPACT[digits.length] : undefined;

/**
 * Whether a number without a declared unit cannot be trusted to be milliseconds. `202401020931` would be a time in 1976, but it is
 * far more often a minute as yyyyMMddHHmm.
 */
export const isAmbiguous = (value: number | NumberText): boolean =>
  Number(textOf(value)) < LEAST_PLAUSIBLE_MS || compactFormOf(textOf(value)) === COMPACT[12];

/** What a number that is refused looks like, and what to send then. */
export function explainNumber(value: number | NumberText): string {
  const text = textOf(value);
  const shown = text.slice(0, 40);
  const compact = compactFormOf(text);
  if (compact !== undefined) return `${shown} looks like ${compact}: send timeFormat=${compact}`;
  const size = Math.abs(Number(text));
  if (size >= 1900 && size < 2101 && Number.isInteger(size)) return `${shown} looks like a year: send ISO 8601`;
  if (size >= 15_000 && size < 80_000) return `${shown} looks like a spreadsheet's day number: send ISO 8601`;
  const unit = unitOf(size);
  if (unit === undefined) return `${shown} is in no known unit: send ISO 8601, or declare timeUnit=s, ms, us or ns`;
  const others = unit === 'ms' ? 'or ISO 8601' : 'milliseconds or ISO 8601';
  return `${shown} looks like ${NAMES[unit]}: send timeUnit=${unit}, ${others}`;
}

/** The unit in which a number would be a time of 1973 to 2286. */
function unitOf(size: number): TimeUnit | undefined {
  return TIME_UNITS.find((_, power) => size >= 10 ** (8 + 3 * power) && size < 10 ** (10 + 3 * power));
}
