import { epochMicros, explainNumber, isAmbiguous, NumberText, type TimeUnit } from './epoch.ts';
import { EARLIEST_MICROS, LATEST_AHEAD_MICROS, type MissingOffset, parseTimestamp, type TimeProblem } from './time.ts';
import type { TimeFormat } from './time-format.ts';

/** How the times of a batch are written. */
export interface TimeDialect {
  /** The unit of numbers; where it is not declared they must be plausible milliseconds. */
  readonly unit?: TimeUnit | undefined;
  /** The form of texts; ISO 8601 where it is not declared. With a form, digits are text, too. */
  readonly format?: TimeFormat | undefined;
  readonly missingOffset: MissingOffset;
  /** Whether a time with digits below a microsecond is read again without them, instead of rejected. */
  readonly truncate: boolean;
}

/** Why a record's time is rejected: without its path. */
export interface TimeRefusal {
  readonly code: TimeProblem | 'invalid_type' | 'out_of_range' | 'ambiguous_time_unit';
  /** What follows the field's name. */
  readonly message: string;
}

/**
 * Reads a time of a record: 1970 to a day from now.
 * @param cut takes a time with digits below a microsecond, without them
 * @returns microseconds since 1970, or why not
 */
export function readRecordTime(
  value: unknown,
  dialect: TimeDialect,
  nowMicros: number,
  cut = false,
): number | TimeRefusal {
  const isNumber = value instanceof NumberText || (typeof value === 'number' && Number.isFinite(value));
  if (typeof value !== 'string' && !isNumber)
    return { code: 'invalid_type', message: 'must be an ISO 8601 string or an epoch number' };
  if (typeof value === 'string' || dialect.format)
    return bounded(readText(value as string, dialect, cut), undefined, nowMicros);
  const number = value as number | NumberText;
  const unit = dialect.unit ?? 'ms';
  const micros = epochMicros(number, unit, cut);
  const isNegative = micros !== 'too_precise' && micros < EARLIEST_MICROS;
  if (dialect.unit === undefined && !isNegative && isAmbiguous(number))
    return { code: 'ambiguous_time_unit', message: `has no declared unit: ${explainNumber(number)}` };
  if (micros === 'too_precise') return { code: micros, message: explain(micros, '', dialect) };
  return bounded(micros, number, nowMicros);
}

function readText(value: string | number | NumberText, dialect: TimeDialect, cut: boolean): number | TimeRefusal {
  const text = value instanceof NumberText ? value.text : String(value);
  const { format, missingOffset } = dialect;
  const micros = format ? format.parse(text, missingOffset, cut) : parseTimestamp(text, missingOffset, cut);
  return typeof micros === 'number' ? micros : { code: micros, message: explain(micros, text, dialect) };
}

function bounded(
  micros: number | TimeRefusal,
  number: number | NumberText | undefined,
  nowMicros: number,
): number | TimeRefusal {
  if (typeof micros !== 'number') return micros;
  if (micros >= EARLIEST_MICROS && micros <= nowMicros + LATEST_AHEAD_MICROS) return micros;
  const hint = number !== undefined && micros > 0 ? `: ${explainNumber(number)}` : '';
  return { code: 'out_of_range', message: `must lie between 1970 and now + 1 day${hint}` };
}

/** What texts that are no ISO 8601 look like, and what to send then. */
const FORMS: readonly (readonly [expression: RegExp, hint: string])[] = [
  [/:60(\.\d+)?(Z|[+-][\d:]+)?$/, 'has a leap second, which cannot be stored: send second 59'],
  [
    /^\d{4}-\d\d-\d\d[T ][\d:]+,\d/,
    'has a comma before its decimals: send a point, or timeFormat=yyyy-MM-dd HH:mm:ss,SSS',
  ],
  [
    /^\d{4}-\d\d-\d\d[T ][\d:.]+ (UTC|GMT|Z)$/i,
    "ends in the name of a zone: send timeFormat, such as yyyy-MM-dd HH:mm:ss 'UTC'",
  ],
  [/[\d:.] [A-Za-z]+\/[A-Za-z_/]+$/, 'ends in the name of a zone: send timeFormat=yyyy-MM-dd HH:mm:ss VV'],
  [
    /[\d:.] [A-Z]{2,5}$/,
    "ends in the short name of a zone: send timeFormat, such as yyyy-MM-dd HH:mm:ss 'EST', and timeZone",
  ],
  [/[\d:.] ?[+-]\d$|[\d:.] [+-]\d\d(:?\d\d)?$/, 'has an offset that is not ISO 8601: write +00:00 without a space'],
  [/^\d{8}T\d{4,6}Z?$/, "is a compact form: send timeFormat, such as yyyyMMdd'T'HHmmssX"],
  [/^\d{8} \d{4,9}$/, 'is a compact form: send timeFormat, such as yyyyMMdd HHmmss or yyyyMMdd HHmmssSSS'],
  [
    /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}/,
    'may have its day or its month first: send timeFormat, such as dd.MM.yyyy HH:mm:ss or MM/dd/yyyy',
  ],
  [/^\d{4}[./]\d{1,2}[./]\d{1,2}/, 'is not ISO 8601: send timeFormat, such as yyyy.MM.dd HH:mm'],
  [/[A-Za-z]{3}/, 'is not ISO 8601: send timeFormat, such as d-MMM-yy'],
];

function explain(problem: TimeProblem, text: string, { format }: TimeDialect): string {
  if (problem === 'missing_offset') return 'needs an offset, such as Z or +01:00, or the parameter timeZone';
  if (problem === 'too_precise') return 'has digits below a microsecond: round it, or send subMicrosecond=truncate';
  if (problem === 'skipped_time') return 'does not exist in this zone: its clocks were set forward over it';
  if (format) return `must be a time written as timeFormat says: ${format.pattern}`;
  const hint = FORMS.find(([expression]) => expression.test(text))?.[1];
  return hint ?? 'must be ISO 8601, such as 2026-01-31T23:59:59.123456Z';
}
