import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../lib/cli/program.ts';
import type { Terminal } from '../../lib/cli/terminal/terminal.ts';

/** What a command line has done. */
export interface CommandRun {
  readonly exitCode: number;
  /** The output. */
  readonly output: string;
  /** What was said to a person. */
  readonly notes: string;
  /** Questions that were asked. */
  readonly asked: readonly string[];
}

/**
 * Runs `tick-store ARGS` in this process.
 * @param answer what the user types at every question; undefined if there is no user
 */
export async function runCli(args: readonly string[], answer?: boolean): Promise<CommandRun> {
  const output: string[] = [];
  const notes: string[] = [];
  const asked: string[] = [];
  const terminal: Terminal = {
    print: (line) => void output.push(line),
    note: (line) => void notes.push(line),
    isInteractive: answer !== undefined,
    columns: 80,
    progress: new PassThrough().resume() as unknown as NodeJS.WriteStream,
    exitCode: 0,
    confirm: async (question) => {
      asked.push(question);
      return answer ?? false;
    },
  };
  const exitCode = await runCommandLine(args, terminal, '0.0.0');
  return { exitCode, output: output.join('\n'), notes: notes.join('\n'), asked };
}
