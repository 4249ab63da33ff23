/** Formats numbers and times for people. All times are in UTC, like the API's, and the zone is always shown. */

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const PLAIN = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** `1,234,567` */
export const count = (value: number): string => COUNT.format(value);

/** `12 rows`, `1 row` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** `1.23M`, `0.045`: three significant digits. A dash for an unknown value. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return Math.abs(value) >= 10_000 ? SHORT.format(value) : PLAIN.format(value);
}

/** `12.3 ms`, `1.2 s` */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return value >= 1000 ? `${PLAIN.format(value / 1000)} s` : `${PLAIN.format(value)} ms`;
}

/** `4.2 MB`, decimal units. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1);
  return `${PLAIN.format(value / 1000 ** power)} ${units[power]}`;
}

/** `3 s`, `12 min`, `2 h 5 min`, `4 d`: a duration in milliseconds. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** `2026-01-31 14:30:05` from an ISO time or epoch milliseconds. */
export function clock(time: string | number, withSeconds = true): string {
  const iso = typeof time === 'number' ? new Date(time).toISOString() : time;
  return `${iso.slice(0, 10)} ${iso.slice(11, withSeconds ? 19 : 16)}`;
}

/** `2026-01-31 14:30:05.123456`: as stored, with the precision that it has. */
export const exactTime = (iso: string): string =>
  iso
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/\.000000$|(\.\d{3})000$/, '$1');
