import { areMost } from '../../client/dialect/are-most.ts';
import { detectInterval } from '../../client/dialect/detect-interval.ts';
import { parseIso } from '../../client/dialect/time-format.ts';
import type { DialectParameters, PreviewRow, SniffedDialect } from '../../client/index.ts';
import { CliError } from '../terminal/cli-error.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** Upper bounds of epoch numbers by their unit (1e11 seconds are the year 5138), and the microseconds of the unit. */
const UNITS = [
  ['s', 1e11, 1e6],
  ['ms', 1e14, 1000],
  ['us', 1e17, 1],
  ['ns', Number.POSITIVE_INFINITY, 0.001],
] as const;

/**
 * How records are read: the unit of numeric times, the time zone of times without an offset, and the length of bars.
 */
export function dialectOfRecords(records: readonly JsonRecord[], given: DialectParameters): SniffedDialect {
  const times = records.map(({ timestamp }) => timestamp);
  const numbers = times.filter((one) => typeof one === 'number');
  const largest = Math.max(0, ...numbers);
  const [unit, , microsPer] = UNITS.find(([, below]) => largest < below) ?? UNITS[3];
  const hasUnit = numbers.length > 0 && unit !== 'ms';
  const isLocal = times.some((one) => typeof one === 'string' && parseIso(one)?.hasOffset === false);
  const micros = times.map((one) =>
    typeof one === 'number' ? one * microsPer : (parseIso(String(one))?.micros ?? Number.NaN),
  );
  const found: DialectParameters = {
    ...(hasUnit ? { timeUnit: unit } : {}),
    ...(hasUnit && unit === 'ns' ? { subMicrosecond: 'truncate' } : {}),
    ...(isLocal ? { timeZone: 'UTC' } : {}),
    ...barsOf(records, micros),
  };
  return {
    parameters: { ...found, ...given },
    notes:
      isLocal && given.timeZone === undefined
        ? ['Times have no offset and are read as UTC. Specify a time zone if they are local.']
        : [],
    questions: [],
    hasSymbol: records.length > 0 && records.every((one) => one['symbol'] != null || one['instrumentId'] != null),
  };
}

function barsOf(records: readonly JsonRecord[], micros: readonly number[]): DialectParameters {
  const filled = records.filter(({ highPrice, lowPrice }) => highPrice != null && lowPrice != null).length;
  if (!areMost(filled, records.length)) return {};
  const bars = detectInterval(
    micros,
    records.map(({ symbol, instrumentId }) => String(symbol ?? instrumentId)),
  );
  return bars === undefined ? {} : { bars };
}

/**
 * Inspects the beginning of an NDJSON file, whose records have the API's own field names.
 * @throws CliError if a line is not JSON
 */
export function sniffNdjson(sample: string, given: DialectParameters) {
  const lines = sample.split('\n');
  // the last line may be cut off
  const whole = (lines.length > 1 ? lines.slice(0, -1) : lines).map((text, i) => ({ text: text.trim(), line: i + 1 }));
  const records = whole
    .filter(({ text }) => text !== '')
    .map(({ text, line }) => ({ line, record: parse(text, line) }));
  const dialect = dialectOfRecords(
    records.map(({ record }) => record),
    given,
  );
  return { dialect, rows: records as PreviewRow[] };
}

function parse(text: string, line: number): JsonRecord {
  try {
    const record: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof record === 'object' && record !== null && !Array.isArray(record)) return record as JsonRecord;
  } catch (cause) {
    throw new CliError(`line ${line} is not JSON: ${(cause as Error).message}`, 1, { cause });
  }
  throw new CliError(`line ${line} is not a JSON object`);
}
