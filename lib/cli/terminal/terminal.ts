import { usageError } from './cli-error.ts';

/**
 * Where a command prints: results to standard output, everything else to standard error, so that results can be piped.
 */
export interface Terminal {
  /** Prints a line of the result. */
  readonly print: (line: string) => void;
  /** Prints a line for a person. */
  readonly note: (line: string) => void;
  /** Whether questions can be asked. */
  readonly isInteractive: boolean;
  /** Characters per line. */
  readonly columns: number;
  /** The stream for progress. */
  readonly progress: NodeJS.WriteStream;
  /** The exit code of a command that ends without an error: 0, unless it sets another. */
  exitCode: number;
  /** Asks for confirmation. @throws CliError if there is no terminal to ask in */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** The terminal that this process runs in. */
export function processTerminal(): Terminal {
  const isInteractive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    isInteractive,
    columns: process.stdout.columns ?? 80,
    progress: process.stderr,
    exitCode: 0,
    confirm: async (question) => {
      if (!isInteractive) throw usageError(`${question} There is no terminal to ask in: add --yes to confirm.`);
      const { confirm, isCancel } = await import('@clack/prompts');
      const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
      return !isCancel(answer) && answer;
    },
  };
}

/** Aligns text in columns, with numbers to the right. */
export function tableLines(titles: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const cells = rows.map((row) => row.map(cellText));
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const isNumeric = titles.map((_, i) => rows.every((row) => typeof row[i] === 'number' || row[i] == null));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (isNumeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(titles), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)];
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** Formats a count: `1,234,567`. */
export const grouped = (count: number): string => count.toLocaleString('en-US');

/** Formats seconds: `3:05`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = (parts[0] ?? 0) > 0 ? parts : parts.slice(1);
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
