import { Command, CommanderError } from 'commander';
import { TickStoreProblem, TickStoreUnreachable } from '../client/index.ts';
import { addAlarms } from './commands/alarms-command.ts';
import { addChanges } from './commands/change-commands.ts';
import { addConsole } from './commands/console-command.ts';
import { addExport } from './commands/export-command.ts';
import { addHealth } from './commands/health-command.ts';
import { addImport } from './commands/import-command.ts';
import { addInstrumentCommands } from './commands/instrument-commands.ts';
import { addLoadTest } from './commands/load-test-command.ts';
import { addProjectCommands } from './commands/project-commands.ts';
import { addReadCommands } from './commands/read-commands.ts';
import { CliError, EXIT } from './terminal/cli-error.ts';
import type { Terminal } from './terminal/terminal.ts';

/** The whole command line. Its help is the source of docs/command-line.md. */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('tick-store')
    .description(
      'Loads, reads and operates a Tick Store: the one that npm start runs on this machine, or a deployed one.',
    )
    .version(version)
    .showHelpAfterError('(--help lists commands and options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      getOutHelpWidth: () => terminal.columns,
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .configureHelp({ showGlobalOptions: true });
  addImport(program, terminal);
  addExport(program, terminal);
  addReadCommands(program, terminal);
  addChanges(program, terminal);
  addInstrumentCommands(program, terminal);
  addHealth(program, terminal);
  addConsole(program, terminal);
  addAlarms(program, terminal);
  addLoadTest(program, terminal);
  addProjectCommands(program, terminal, version);
  return program;
}

/** Runs a command line. @returns its exit code */
export async function runCommandLine(args: readonly string[], terminal: Terminal, version: string): Promise<number> {
  try {
    await createProgram(terminal, version).parseAsync([...args], { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

function explain(error: unknown, terminal: Terminal): number {
  // commander has printed its own message
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) {
    terminal.note(error.message);
    return error.exitCode;
  }
  if (error instanceof TickStoreProblem) {
    terminal.note(
      `${error.message} (${error.code}${error.requestId === undefined ? '' : `, request ${error.requestId}`})`,
    );
    for (const { path, message } of error.errors.slice(0, 10)) terminal.note(`  ${path}: ${message}`);
    return EXIT.failed;
  }
  if (error instanceof TickStoreUnreachable) {
    terminal.note(`No Tick Store responds: ${error.message}. Start one with npm start, or name another with --url.`);
    return EXIT.failed;
  }
  terminal.note(process.env['DEBUG'] ? String((error as Error).stack) : (error as Error).message);
  return EXIT.failed;
}
