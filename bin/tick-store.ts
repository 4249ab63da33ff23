import { runCommandLine } from '../lib/cli/program.ts';
import { processTerminal } from '../lib/cli/terminal/terminal.ts';
import packageJson from '../package.json' with { type: 'json' };

/** `npx tick-store`: loads, reads and operates a store. `bin/tick-store.js` starts it. */
// a reader that has read enough, such as head, closes the pipe: that is not a failure
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), packageJson.version);
