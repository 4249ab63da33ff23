import { globSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { DIALECT_PARAMETERS, type DialectParameters } from '../../client/index.ts';
import type { ConnectionOptions } from '../store/connection.ts';
import { usageError } from '../terminal/cli-error.ts';
import type { ImportChoices } from './plan-import.ts';

/** The options of `tick-store import`. */
export interface ImportFlags extends ConnectionOptions, Partial<Omit<DialectParameters, 'bars'>> {
  readonly symbol?: string;
  readonly symbolFromName?: string | true;
  readonly createInstruments?: true;
  readonly sequenceOf?: string;
  readonly onConflict?: string;
  readonly reason?: string;
  readonly workers: string;
  readonly rejected: string;
  readonly again?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  /** false: `--no-bars`. */
  readonly bars?: string | false;
}

/** A parameter's flag: `timeFormat` is `--time-format`. */
export const flagOf = (parameter: string): string =>
  `--${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const HINTS: Readonly<Record<keyof DialectParameters, string>> = {
  ...{ columns: 'field=Title,…; with --header false, the fields in order', header: 'false: the file has no titles' },
  ...{
    ignoreUnknown: 'true: skip columns that do not match a field',
    delimiter: 'between cells',
    quote: 'around cells',
  },
  ...{ decimalSeparator: 'in numbers', thousandsSeparator: 'in numbers', nullValues: 'cells that mean no value' },
  ...{
    comment: 'prefix of lines to skip',
    skipLines: 'number of lines before the titles',
    suffixes: 'true: accept K, M, B, T and %',
  },
  ...{ timeFormat: 'such as "dd.MM.yyyy HH:mm:ss"', timeUnit: 'unit of epoch numbers: s, ms, us or ns' },
  ...{
    timeZone: 'time zone of times without an offset, such as America/New_York',
    subMicrosecond: 'reject or truncate',
  },
  repeatedHour: 'first or second, for an hour that occurs twice in the time zone',
  bars: 'the rows are bars of this length: 1s 1m 5m 15m 30m 1h 4h 1d 1w',
};

/** Adds a flag for every parameter of the API that describes how to read a file. */
export function addDialectFlags(command: Command): void {
  for (const parameter of DIALECT_PARAMETERS) command.option(`${flagOf(parameter)} <value>`, HINTS[parameter]);
  command.option('--no-bars', 'store bars as ticks');
}

/** The files that match the patterns, by name, without repeats. @throws CliError for a pattern that matches none */
export function filesOf(patterns: readonly string[]): string[] {
  const files = patterns.flatMap((pattern) => {
    const found = statSync(pattern, { throwIfNoEntry: false })?.isFile() ? [pattern] : globSync(pattern);
    if (found.length === 0) throw usageError(`No file matches ${pattern}`);
    return found;
  });
  return [...new Set(files)].sort();
}

/** @throws CliError for flags that contradict each other */
export function choicesOf(flags: ImportFlags): ImportChoices {
  if (flags.symbol !== undefined && flags.symbolFromName !== undefined)
    throw usageError('--symbol and --symbol-from-name exclude each other');
  const given = DIALECT_PARAMETERS.filter((name) => typeof flags[name] === 'string').map((name) => [name, flags[name]]);
  const pattern = flags.symbolFromName;
  return {
    symbol: flags.symbol,
    symbolFromName: typeof pattern === 'string' ? patternOf(pattern) : pattern,
    dialect: Object.fromEntries(given) as DialectParameters,
    storesBars: flags.bars !== false,
  };
}

function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw usageError(`--symbol-from-name is not a regular expression: ${(cause as Error).message}`);
  }
}

/** The API's parameters that do not describe the file. */
export const queryOfFlags = ({
  createInstruments,
  sequenceOf,
  onConflict,
  reason,
}: ImportFlags): Record<string, string> => ({
  ...(createInstruments ? { createInstruments: 'true' } : {}),
  ...(sequenceOf === undefined ? {} : { sequenceOf }),
  ...(onConflict === undefined ? {} : { onConflict }),
  ...(reason === undefined ? {} : { reason }),
});
