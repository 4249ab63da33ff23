import { createWriteStream, openSync } from 'node:fs';
import { join } from 'node:path';
import { sparingLines } from '../machine/sparing-lines.ts';
import { rotateLog } from '../servers/child-process.ts';

/** The log of the functions' output. */
export interface FunctionLog {
  readonly file: string;
  write(line: string, functionName: string): void;
  close(): Promise<void>;
}

/** Lines of one kind are shown once per this time, then counted. */
const QUIET_MS = 5_000;
const LONGEST_LINE = 400;
/** Lines are written together: one write per line took a tenth of the gateway's time, with two lines per request. */
const FLUSH_MS = 20;
const MOST_PENDING = 65_536;
/** Fields that a logger adds to every line. They are kept in the file but omitted from the terminal's line. */
const CONTEXT: ReadonlySet<string> = new Set([
  ...['timestamp', 'stackTrace', 'service', 'cold_start', 'function_name', 'function_request_id', 'xray_trace_id'],
]);
/** At most two files of this size: some minutes of ingest at full speed, months of an idle service. */
const MOST_BYTES = 50_000_000;

/**
 * Keeps all lines of the functions in `functions.log`, as JSON with the function's name. It shows a person only what
 * requires attention: warnings, errors, and output that is not a log line, such as a stack or a console.log. An error
 * of every request is shown once, then as a count. Older lines, from the last run or until the file was full, stay in
 * `….previous`.
 */
export function openFunctionLog(options: {
  readonly directory: string;
  readonly show: (line: string) => void;
  /** The size limit of the file. Default 50 MB. */
  readonly mostBytes?: number;
}): FunctionLog {
  const { directory, show, mostBytes = MOST_BYTES } = options;
  const file = join(directory, 'functions.log');
  let bytes = 0;
  let stream = open();
  function open() {
    rotateLog(file);
    bytes = 0;
    // opened synchronously, because the next caller must find it
    const opened = createWriteStream(file, { fd: openSync(file, 'w', 0o600) });
    // A full disk must not end the service.
    opened.on('error', (error) => show(`${file} cannot be written, so functions are not logged: ${error.message}`));
    return opened;
  }
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending !== '' && !stream.errored) stream.write(pending);
    pending = '';
  };
  const append = (entry: string) => {
    const length = Buffer.byteLength(entry);
    if (bytes > 0 && bytes + length > mostBytes) {
      flush();
      stream.end();
      stream = open();
    }
    bytes += length;
    pending += entry;
    if (pending.length > MOST_PENDING) flush();
    else timer ??= setTimeout(flush, FLUSH_MS).unref();
  };
  const lines = sparingLines(show, QUIET_MS);
  return {
    file,
    write: (line, functionName) => {
      const record = parse(line);
      if (!stream.errored) append(`${entryOf(record, line, functionName)}\n`);
      const short = summary(record);
      if (short !== undefined) lines.print(`${functionName} ${short.kind}`, short.details);
    },
    close: () => {
      flush();
      return new Promise((resolve) => (stream.errored || stream.closed ? resolve() : stream.end(resolve)));
    },
  };
}

type LogRecord = Readonly<Record<string, unknown>>;

/** A line that is already an object stays as it was written: there are two per request, one of them 2 kB long. */
function entryOf(record: LogRecord, line: string, functionName: string): string {
  if (line.startsWith('{') && record['text'] !== line)
    return `{"function":${JSON.stringify(functionName)},${line.slice(1)}`;
  return JSON.stringify({ function: functionName, ...record });
}

function parse(line: string): LogRecord {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null && ('level' in parsed || '_aws' in parsed))
      // written by our logger, or metrics, which have no level and are not for a person
      return parsed as LogRecord;
  } catch {
    // Not written by our logger.
  }
  return parseRuntimeLine(line) ?? { text: line };
}

/** A line that `environment-process.js` writes for an error that a function did not catch. */
function parseRuntimeLine(line: string): LogRecord | undefined {
  const [timestamp, requestId, level, message, json = ''] = line.split('\t');
  if (level !== 'ERROR') return undefined;
  try {
    return { timestamp, level, message, requestId, ...(JSON.parse(json) as LogRecord) };
  } catch {
    return undefined;
  }
}

/** For a person: the kind of problem, and the first line of each field about it. */
function summary(record: LogRecord): { kind: string; details: string } | undefined {
  const { level, message, text, ...fields } = record;
  if (typeof text === 'string') return { kind: text.slice(0, LONGEST_LINE), details: '' };
  if (level !== 'WARN' && level !== 'ERROR') return undefined;
  const said = Object.entries(fields)
    .filter(([name, value]) => !CONTEXT.has(name) && value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${inShort(value)}`);
  return { kind: `${level} ${message}`, details: said.join(' ').slice(0, LONGEST_LINE) };
}

/** The first line of a text. For an object, such as a described error, its values without the stack. */
function inShort(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value).split('\n')[0] as string;
  const values = Array.isArray(value)
    ? value
    : Object.entries(value).flatMap(([name, one]) => (name === 'stack' ? [] : [one]));
  return values
    .filter((one) => one !== null && one !== undefined && one !== '')
    .map(inShort)
    .join(' ');
}
