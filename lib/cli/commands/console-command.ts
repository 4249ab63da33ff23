import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type ConnectionOptions, connectionOf, withConnection } from '../store/connection.ts';
import { usageError } from '../terminal/cli-error.ts';
import { interruption } from '../terminal/interruption.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `tick-store console`: serves the console on this machine for a deployed store. */
export function addConsole(program: Command, terminal: Terminal): void {
  const command = program
    .command('console')
    .summary('serve the console on this machine, for a deployed store')
    .description(
      'Serves the console on this machine and forwards its requests to the store, signed with your credentials. The deployment need not serve the console itself. Only this machine can open it.',
    )
    .option('--port <number>', 'on 127.0.0.1; 0 picks a free one', '3200');
  withConnection(command)
    .addHelpText(
      'after',
      '\nExample:\n  tick-store console --url https://abc.execute-api.eu-west-1.amazonaws.com --profile on-call',
    )
    .action(async (flags: ConnectionOptions & { port: string }) => {
      if (!/^\d{1,5}$/.test(flags.port)) throw usageError(`${flags.port} is not a port`);
      // requires a web server and a bundler, which no other command needs
      const { serveConsole } = await import('../../local/serve-console.ts');
      const runbook = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'runbook.md'), 'utf8');
      const { url, authorize } = connectionOf(flags);
      const served = await serveConsole({ url, authorize, runbook, port: Number(flags.port) });
      using interrupted = interruption();
      terminal.print(served.url);
      terminal.note(`Serving the console of ${url}. Ctrl-C ends it.`);
      const { signal } = interrupted;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await served.stop();
    });
}
