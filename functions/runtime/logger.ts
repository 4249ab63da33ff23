/** Structured logs: one JSON line each, as Lambda's JSON log format expects. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that adds these fields to each line. */
  with(fields: Fields): Logger;
}

/** Ids, counts and durations. Never a row's values, a DSN or a secret. */
export type Fields = Readonly<Record<string, unknown>>;

type Level = 'INFO' | 'WARN' | 'ERROR';

export function createLogger(write: (line: string) => void = writeLine, common: Fields = {}): Logger {
  const log = (level: Level, message: string, fields: Fields = {}) =>
    write(JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...common, ...fields }));
  return {
    info: (message, fields) => log('INFO', message, fields),
    warn: (message, fields) => log('WARN', message, fields),
    error: (message, fields) => log('ERROR', message, fields),
    with: (fields) => createLogger(write, { ...common, ...fields }),
  };
}

/** One line to standard output, which Lambda hands to CloudWatch. */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
