import type { DialectParameters, PreviewRow, SniffedDialect } from '../../client/index.ts';
import { CliError } from '../cli-error.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** What epoch numbers lie under, by their unit: 1e11 seconds are the year 5138. */
const UNITS = [
  ['s', 1e11],
  ['ms', 1e14],
  ['us', 1e17],
  ['ns', Number.POSITIVE_INFINITY],
] as const;

/** How records are sent: only their numbers leave something to say. */
export function dialectOfRecords(records: readonly JsonRecord[], given: DialectParameters): SniffedDialect {
  const times = records.map(({ timestamp }) => timestamp).filter((one) => typeof one === 'number');
  const largest = Math.max(0, ...times);
  const unit = times.length === 0 ? 'ms' : UNITS.find(([, below]) => largest < below)?.[0];
  const found: DialectParameters = {
    ...(unit === 'ms' || unit === undefined ? {} : { timeUnit: unit }),
    ...(unit === 'ns' ? { subMicrosecond: 'truncate' } : {}),
  };
  const hasSymbol = records.length > 0 && records.every((one) => one['symbol'] != null || one['instrumentId'] != null);
  return { parameters: { ...found, ...given }, notes: [], questions: [], hasSymbol };
}

/**
 * Looks at the beginning of an NDJSON file, whose records have the API's own field names.
 * @throws CliError where a line is not JSON
 */
export function sniffNdjson(sample: string, given: DialectParameters) {
  const lines = sample.split('\n');
  // the last one may be cut off
  const whole = (lines.length > 1 ? lines.slice(0, -1) : lines).map((text, i) => ({ text: text.trim(), line: i + 1 }));
  const records = whole
    .filter(({ text }) => text !== '')
    .map(({ text, line }) => ({ line, record: parse(text, line) }));
  const dialect = dialectOfRecords(
    records.map(({ record }) => record),
    given,
  );
  return { dialect, preview: records.slice(0, 3) as PreviewRow[] };
}

function parse(text: string, line: number): JsonRecord {
  try {
    const record: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof record === 'object' && record !== null) return record as JsonRecord;
  } catch (cause) {
    throw new CliError(`line ${line} is not JSON: ${(cause as Error).message}`, 1, { cause });
  }
  throw new CliError(`line ${line} is not a JSON object`);
}
