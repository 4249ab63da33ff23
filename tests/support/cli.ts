import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../lib/cli/program.ts';
import type { Terminal } from '../../lib/cli/terminal/terminal.ts';

/** The result of a command. */
export interface CommandRun {
  readonly exitCode: number;
  /** What was printed to stdout. */
  readonly output: string;
  /** Messages for a person, which go to stderr. */
  readonly notes: string;
  /** The questions to the user. */
  readonly asked: readonly string[];
}

/**
 * Runs `tick-store ARGS` in this process.
 * @param confirms whether the user confirms every question; undefined if the command is not interactive
 */
export async function runCli(args: readonly string[], confirms?: boolean): Promise<CommandRun> {
  const output: string[] = [];
  const notes: string[] = [];
  const asked: string[] = [];
  const terminal: Terminal = {
    print: (line) => void output.push(line),
    note: (line) => void notes.push(line),
    isInteractive: confirms !== undefined,
    columns: 80,
    progress: new PassThrough().resume() as unknown as NodeJS.WriteStream,
    exitCode: 0,
    confirm: async (question) => {
      asked.push(question);
      return confirms ?? false;
    },
  };
  const exitCode = await runCommandLine(args, terminal, '0.0.0');
  return { exitCode, output: output.join('\n'), notes: notes.join('\n'), asked };
}
