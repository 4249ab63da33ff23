import { areMost } from './are-most.ts';
import { compileTimeFormat, type DetectedTimeFormat } from './time-format.ts';

/** Date formats in vendors' files other than ISO 8601, in TR35 letters. `M` and `d` also match one digit. */
const DATES = [
  'yyyyMMdd',
  'yyyy.MM.dd',
  'yyyy/MM/dd',
  'dd.MM.yyyy',
  'd.M.yyyy',
  'dd/MM/yyyy',
  'd/M/yyyy',
  'MM/dd/yyyy',
  'M/d/yyyy',
  'dd-MM-yyyy',
  'MM-dd-yyyy',
  'dd/MM/yy',
  'MM/dd/yy',
  'dd.MM.yy',
  'M/d/yy',
  'd-MMM-yy',
  'd-MMM-yyyy',
  'dd-MMM-yyyy',
  'dd MMM yyyy',
  'd MMM yyyy',
  'MMM dd, yyyy',
  'MMM d, yyyy',
] as const;

/** Times of day. `S` is repeated as often as the cells require. */
const TIMES = [
  'HH:mm',
  'HH:mm:ss',
  'HH:mm:ss.S',
  'HHmm',
  'HHmmss',
  'HHmmssS',
  'h:mm a',
  'h:mm:ss a',
  'H:mm',
  'H:mm:ss',
] as const;

/** Complete formats that are not a date followed by a time. */
const OTHERS = [
  "yyyyMMdd'T'HHmmssX",
  "yyyyMMdd'T'HHmmss",
  'yyyyMMddHHmm',
  'yyyyMMddHHmmss',
  'yyyyMMddHHmmssSSS',
  'yyyy-MM-dd HH:mm:ss VV',
  'yyyy-MM-dd HH:mm:ss.S VV',
  'yyyy-MM-dd HHmmss',
  'yyyy-MM-dd HHmm',
  'yyyy-MM-dd h:mm a',
  'yyyy-MM-dd h:mm:ss a',
] as const;

const compiled = new Map<string, DetectedTimeFormat>();

function format(pattern: string): DetectedTimeFormat {
  const known = compiled.get(pattern) ?? compileTimeFormat(pattern);
  compiled.set(pattern, known);
  return known;
}

/** A cell from the middle, because the first and the last line of a file are the most likely exceptions. */
const typicalOf = (cells: readonly string[]): string => cells[Math.floor(cells.length / 2)] ?? '';

/** Every format that reads nearly all of the cells, except those of ISO 8601. */
export function timeFormatsOf(cells: readonly string[]): DetectedTimeFormat[] {
  const typical = typicalOf(cells);
  const patterns = [
    ...DATES,
    ...OTHERS,
    ...DATES.flatMap((date) => TIMES.map((time) => `${date} ${time}`)),
    ...DATES.flatMap((date) => TIMES.map((time) => `${date}'T'${time}`)),
  ];
  return patterns
    .map((pattern) => format(withFraction(pattern, typical)))
    .filter(({ parse }) => parse(typical) !== undefined)
    .filter(({ parse }) => areMost(cells.filter((cell) => parse(cell) !== undefined).length, cells.length));
}

/** The time-of-day format that reads nearly all of the cells, such as `HH:mm:ss`. */
export function timeOfDayOf(cells: readonly string[]): string | undefined {
  return TIMES.map((pattern) => withFraction(pattern, typicalOf(cells))).find((pattern) => {
    const { parse } = format(`yyyyMMdd ${pattern}`);
    return areMost(cells.filter((cell) => parse(`20240101 ${cell}`) !== undefined).length, cells.length);
  });
}

/** Repeats `S` as often as the cell has digits there. */
function withFraction(pattern: string, cell: string): string {
  if (!/(^|[^S])S('|$| )/.test(pattern)) return pattern;
  const digits = pattern.includes('ss.S')
    ? (/\.(\d+)/.exec(cell.slice(cell.indexOf(':') + 1))?.[1]?.length ?? 1)
    : (/(\d+)$/.exec(cell)?.[1]?.length ?? 7) - 6;
  return pattern.replace(/S(?='|$| )/, 'S'.repeat(Math.max(1, Math.min(9, digits))));
}
